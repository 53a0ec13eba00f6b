import type { Outcome } from "./errors.ts";
import { joinSentences as join } from "./join-sentences.ts";
import type { MessageNames } from "./message-names.ts";

interface SentParams {
  readonly outcome: Outcome;
  readonly requestId?: string | undefined;
  /** The task that the server made of the edit. */
  readonly taskId?: string | undefined;
}

/** The parameters of a `NetworkError`. */
export interface NetworkParams extends SentParams {
  /** The server is an image-edit proxy, whose URL is `url`. */
  readonly isProxy?: boolean | undefined;
  /** What was seen, as a full sentence. */
  readonly summary: string;
  /** The option for certificates, where there is one. */
  readonly tlsOption?: string | undefined;
}

/** The parameters of a call that reached its time limit. */
export interface TimeoutParams extends SentParams {
  readonly timeoutMs: number;
}

/** The parameters of an `InvalidResponseError`, and of a warning about a response. */
interface ResponseParams {
  /** What was seen, as a full sentence; absent for a response that is too large. */
  readonly summary?: string | undefined;
  /** The system's code of an image that could not be written, such as `ENOSPC`. */
  readonly systemCode?: string | undefined;
  /** The limit of a response that is too large, in bytes. */
  readonly maxAnswerBytes?: number | undefined;
  /** How many complete images the error has; absent in a warning. */
  readonly imageCount?: number | undefined;
  readonly requestId?: string | undefined;
  /** The task that the server made of the edit. */
  readonly taskId?: string | undefined;
  /** Whether the task was polled: without that, `dialect.task` is advised. */
  readonly isPolled?: boolean | undefined;
  /** The task failed, and the server does not bill failed tasks. */
  readonly isUnbilled?: boolean | undefined;
}

/** The parameters of the error of a result URL. */
export interface DownloadParams {
  /** What was seen, after "The image URL". */
  readonly urlDetail: string;
  /** The status that its host responded with, if it was not 2xx: with 404, the image will not come later. */
  readonly status?: number | undefined;
  /** The option that would have allowed more. */
  readonly limit?: "maxAnswerBytes" | "timeoutMs" | "allowInsecureHttp" | undefined;
}

/** The parameters of a failure after the edit was checked. */
export type FailureParams = NetworkParams | TimeoutParams | ResponseParams | DownloadParams;

/** Returns the message of a failure from its code and parameters. */
export function formatFailure(code: string, params: FailureParams, names: MessageNames): string {
  if ("urlDetail" in params) return formatDownload(params, names);
  if ("timeoutMs" in params) return formatTimeout(params, names);
  return "outcome" in params ? formatNetwork(code, params, names) : formatResponse(params, names);
}

function formatNetwork(code: string, params: NetworkParams, names: MessageNames): string {
  return join(params.summary, networkAdvice(code, params, names), formatOutcome(params));
}

function networkAdvice(
  code: string,
  { outcome, tlsOption, isProxy }: NetworkParams,
  names: MessageNames,
): string | undefined {
  if (code === "proxy_failed") return "Check it, or set `NO_PROXY` to connect without it.";
  const baseUrl = names.api(isProxy ? "url" : "baseUrl");
  if (baseUrl === undefined) return undefined;
  switch (code) {
    case "connection_failed":
      return isProxy && outcome === "unknown" ? `Check that the server of ${baseUrl} runs.` : undefined;
    case "connection_refused":
      return `Check ${baseUrl} and that the server runs.`;
    case "host_not_found":
      return `Check ${baseUrl} and the network.`;
    case "connect_timeout":
      return outcome === "unknown" ? undefined : `Check ${baseUrl} and the network.`;
    case "tls_failed":
      return tlsOption === undefined
        ? `Check ${baseUrl} and the trusted certificates.`
        : `Check ${baseUrl}, and set the certificate authority in ${inList(names.api(tlsOption), " or ")}\`NODE_EXTRA_CA_CERTS\`.`;
    case "redirected":
      return `Set ${baseUrl} to the final URL; \`@retouch/client/node\` reports where it leads.`;
    default:
      return undefined;
  }
}

function formatTimeout(params: TimeoutParams, names: MessageNames): string {
  const limit = names.api("timeoutMs");
  return join(
    `Timed out after ${params.timeoutMs / 1000} s.`,
    formatOutcome(params),
    limit && `Raise ${limit} to wait longer.`,
  );
}

function formatOutcome({ outcome, requestId, taskId }: SentParams): string {
  if (outcome !== "unknown") return "Nothing was billed: the server has no complete request.";
  const known = taskId ? `task ${taskId}` : requestId && `request id ${requestId}`;
  const lookUp = known ? `look up ${known}` : "check with the provider";
  return `This edit may have been billed: ${lookUp} before you retry.`;
}

function formatResponse(
  { summary, maxAnswerBytes, imageCount, requestId, taskId, isPolled, isUnbilled }: ResponseParams,
  names: MessageNames,
): string {
  const seen = maxAnswerBytes === undefined ? summary : formatTooLarge(maxAnswerBytes, names);
  if (imageCount === undefined) return seen ?? "";
  const rawBody = names.api("error.rawBody()");
  const inspect = taskId
    ? `: look up task ${taskId} before you retry`
    : rawBody && `: inspect the response with ${rawBody} before you retry`;
  const polling = taskId && !isPolled && names.api("dialect.task");
  const images = names.api("error.images");
  return join(
    seen,
    isUnbilled
      ? "Nothing was billed: this server does not bill failed tasks."
      : `This edit may have been billed${inspect ?? ""}.`,
    polling && `Tasks are polled with ${polling}.`,
    images && imageCount > 0 && `Complete images are in ${images}: ${imageCount}.`,
    requestId && `Request id: ${requestId}.`,
  );
}

function formatTooLarge(maxAnswerBytes: number, names: MessageNames): string {
  const limit = names.api("maxAnswerBytes");
  const seen = `The response is larger than ${limit ?? "its limit"} (${maxAnswerBytes} bytes); reading stopped there.`;
  return join(seen, limit && "Raise it, or write the images to files.");
}

function formatDownload({ urlDetail, limit }: DownloadParams, names: MessageNames): string {
  const url = names.api("image.url");
  const option = limit && names.api(limit);
  return join(
    `The image URL ${urlDetail}.`,
    `The image was billed${url ? `; its URL is in ${url}` : ""}.`,
    option && (limit === "allowInsecureHttp" ? `Allow it with ${option}.` : `Raise ${option}.`),
  );
}

/** Returns a name that others follow, or nothing if the audience does not have it. */
function inList(name: string | undefined, separator = ", "): string {
  return name === undefined ? "" : name + separator;
}
