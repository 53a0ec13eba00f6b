import type { HttpError } from "./errors.ts";
import { joinSentences as join } from "./join-sentences.ts";
import type { MessageNames } from "./message-names.ts";

/** What the message of an `HttpError` is made of. */
export interface HttpFacts
  extends Pick<HttpError, "code" | "status" | "outcome" | "serverMessage" | "retryAfterMs" | "requestId"> {
  readonly params: HttpParams;
}

/** The parameters of an `HttpError`, beside its fields. */
interface HttpParams {
  /** `POST /v1/images/edits`, or `The proxy`. */
  readonly label: string;
  readonly isProxy: boolean;
  /** The server's message is a full sentence of an image-edit proxy. */
  readonly isProxyMessage: boolean;
  /** Where a redirect leads: origin and path only. */
  readonly redirectTarget?: string | undefined;
  /** The task that was polled. */
  readonly taskId?: string | undefined;
}

/** Returns the message of a response whose status is not 2xx. */
export function formatHttp(error: HttpFacts, names: MessageNames): string {
  const { code, status, outcome, requestId, params } = error;
  const serverMessage = error.serverMessage?.replace(/\.$/, "");
  const proxyMessage = params.isProxyMessage ? serverMessage : undefined;
  const quoted = proxyMessage === undefined && serverMessage !== undefined ? `: "${serverMessage}"` : "";
  return join(
    `${params.label} answered ${status}${code === `http_${status}` ? "" : ` (${code})`}${quoted}.`,
    proxyMessage && `${proxyMessage}.`,
    !/\bbilled\b/.test(proxyMessage ?? "") &&
      (outcome === "unknown" ? "This edit may have been billed." : "Nothing was billed."),
    httpAdvice(error, names),
    params.taskId && `Task: ${params.taskId}.`,
    requestId && `Request id: ${requestId}.`,
  );
}

function httpAdvice(
  { status, outcome, code, retryAfterMs, params }: HttpFacts,
  names: MessageNames,
): string | undefined {
  if (/quota|billing/.test(code)) return "Add credit or raise the quota: waiting does not help.";
  if (retryAfterMs !== undefined) return `Retry after ${Math.ceil(retryAfterMs / 1000)} s.`;
  if (status === 413) return "Send fewer or smaller images.";
  if (status < 400) {
    const { redirectTarget: target } = params;
    const leads = target === undefined ? "Redirects" : `It redirects to ${target}. Redirects`;
    const option = names.api(params.isProxy ? "url" : "baseUrl");
    return join(
      `${leads} are not followed: they could send the key elsewhere.`,
      option && `Set ${option} to the final URL.`,
    );
  }
  const unsure = outcome === "unknown" && "Check with the provider before you retry.";
  if (params.isProxy) return join(proxyAdvice(status, code, params, names), unsure);
  if (unsure) return unsure;
  const baseUrl = names.api("baseUrl");
  if (baseUrl === undefined) return undefined;
  if (status === 401) return `Check ${names.api("apiKey")}, and that it belongs to ${baseUrl}.`;
  return status === 404 ? `Check ${baseUrl} and ${names.field("model")}.` : undefined;
}

/** Returns what to do about a response of the proxy, or of whatever responds in its place. */
function proxyAdvice(
  status: number,
  code: string,
  { isProxyMessage }: HttpParams,
  names: MessageNames,
): string | false | undefined {
  const url = names.api("url");
  if (url === undefined) return undefined;
  if (isProxyMessage) return code === "not_authorized" && "`authorize` of the proxy did not return `true`.";
  if (status === 404 || status === 405)
    return `No proxy handles ${url}: serve \`createImageEditHandler\` there, or forward the path to its server.`;
  if (status === 401 || status === 403)
    return `Something in front of the proxy at ${url} refused the request, not its \`authorize\`: check the sign-in.`;
  return `This is not a response of \`createImageEditHandler\`: check that its server runs, and ${url}.`;
}
