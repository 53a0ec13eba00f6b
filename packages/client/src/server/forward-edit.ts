import type { Deadline } from "../async/deadline.ts";
import type { Settings } from "../config/resolve-settings.ts";
import { lateCode } from "../late-code.ts";
import type { ByteSource } from "../media/byte-source.ts";
import { prepareEdit } from "../request/prepare-edit.ts";
import { type ResolvedDialect, resolveDialect } from "../request/resolve-dialect.ts";
import { keyHeaders } from "../request/send-with-retries.ts";
import type { RequestBody } from "../transport/request-body.ts";
import type { Transport, TransportResponse } from "../transport/transport.ts";
import { preflightError } from "./guards/check-policy.ts";
import type { AttemptDeduplicator } from "./guards/deduplicate-attempts.ts";
import type { PageRequest } from "./page-request.ts";
import { PageResponse } from "./page-response.ts";
import { toProxyError } from "./proxy-error.ts";
import type { ProxiedEdit } from "./request/parse-fields.ts";
import type { RequestContext } from "./request-context.ts";
import { forwardBody } from "./response/forward-body.ts";
import { rejectHtml, responseHeaders, responseType, toUpstreamError } from "./response/forward-response.ts";
import { ownHeaders } from "./response/own-headers.ts";
import { createUpstreamPoller } from "./response/poll-upstream.ts";
import { createBodyRedactor } from "./response/redact-body.ts";
import { createUpstreamRedactor } from "./response/redact-upstream.ts";
import { createLinkResolver, type ResolveLink } from "./response/resolve-links.ts";

/** What forwards the edits of one handler. */
export interface Upstream {
  readonly settings: Settings;
  readonly loadTransport: () => Promise<Transport>;
  readonly attempts: AttemptDeduplicator;
  readonly keyOf: (deadline: Deadline) => Promise<string | undefined>;
  /** What the edits of a handler share, from the first one that got so far. */
  known?: KnownUpstream;
}

interface KnownUpstream extends ResolvedDialect {
  readonly transport: Transport;
  readonly port: string;
  readonly resolveLink: ResolveLink | undefined;
}

/** Opens nothing: the images of a form are already in memory. */
const platform = { openInput: (source: ByteSource) => source };

/**
 * Checks the edit against its model's limits, sends it once, and forwards the response as it arrives. `release` is
 * called once the form was sent: upstream may take minutes to respond, and the form is never sent again.
 */
export async function forwardEdit(
  edit: ProxiedEdit,
  upstream: Upstream,
  request: Pick<PageRequest, "headers" | "signal">,
  call: RequestContext,
  release: () => void,
  beforeSending?: () => Promise<void>,
): Promise<PageResponse> {
  const { deadline } = call;
  const { settings, attempts } = upstream;
  const { host } = settings;
  const { signal } = deadline;
  upstream.known ??= await deadline.race(loadUpstream(upstream));
  const { dialect, url, root, port, transport, resolveLink } = upstream.known;
  const prepared = await prepareEdit(edit.params, { platform, settings, lateCode, dialect, signal });
  if (!prepared.form) throw preflightError(prepared.problems);
  const key = (await upstream.keyOf(deadline)) ?? "";
  const { prompt, ...others } = edit.params;
  const upstreamRedactor = createUpstreamRedactor({
    key,
    host,
    port,
    prompt: String(prompt ?? ""),
    sent: Object.values(others).filter((value) => typeof value === "string"),
  });
  const form = releaseAfterRead(prepared.form, release);
  const idempotencyKey = request.headers.get("idempotency-key");
  const { redact } = upstreamRedactor;
  const { model } = edit;
  const polling = { dialect, url, root, settings, key, transport, redact, model, call };
  const poll = dialect.task && (await deadline.race(createUpstreamPoller(polling)));
  const accept = edit.params["stream"] === true ? "text/event-stream, application/json" : "application/json";
  if (beforeSending) await deadline.race(beforeSending());
  deadline.signal.throwIfAborted();
  const attempt = attempts.add(request.headers.get("x-retouch-attempt"));
  const response = await send().catch((error) => {
    const stage = { wasSent: true, isGone: request.signal.aborted, isLate: deadline.isOver() };
    if (toProxyError(error, stage).outcome !== "unknown") attempt.delete();
    throw error;
  });
  const headers = responseHeaders(response, upstreamRedactor);
  const chunks = await rejectHtml(response, headers);
  const requestId = headers["x-request-id"];
  const bodyRedactor = createBodyRedactor(upstreamRedactor.findInSegment, resolveLink);
  // Without a dialect for tasks, the page's client says that its image is still to be made.
  const status = response.status === 202 ? 202 : 200;
  call.report("answered", { status, requestId });
  // A response that is never read, as in a test that looks at its status only, must not hold the process.
  deadline.unref();
  const body = forwardBody(chunks, call, bodyRedactor, requestId);
  const allHeaders = {
    ...ownHeaders,
    ...call.cors,
    ...headers,
    "content-type": responseType(response),
    // nginx buffers responses of a proxy by default; events must arrive one by one.
    "x-accel-buffering": "no",
  };
  return new PageResponse(status, allHeaders, body);

  async function send(): Promise<TransportResponse> {
    call.wasSent = true;
    call.report("sent");
    const response = await transport({
      url,
      headers: {
        ...keyHeaders(key, dialect.keyHeader),
        "content-type": form.contentType,
        accept,
        ...(idempotencyKey !== null &&
          /^[!-~]{1,255}$/.test(idempotencyKey) && { "idempotency-key": idempotencyKey }),
      },
      body: form,
      signal: deadline.signal,
    });
    if (response.status < 200 || response.status > 299)
      throw await toUpstreamError(response, upstreamRedactor);
    return poll ? poll(response) : response;
  }
}

/** Loads what the edits of a handler share; one that failed may load in the next. */
async function loadUpstream({ settings, loadTransport }: Upstream): Promise<KnownUpstream> {
  const resolved = await resolveDialect(settings);
  const transport = await loadTransport();
  const { port } = new URL(settings.origin);
  return { ...resolved, transport, port, resolveLink: createLinkResolver(resolved.root ?? "") };
}

/** Creates a form that can be read once, and then frees its buffer: a small one has its own bytes. */
function releaseAfterRead(form: RequestBody, release: () => void): RequestBody {
  if (form.small) {
    release();
    return form;
  }
  const { contentType, byteLength, chunks } = form;
  return {
    contentType,
    byteLength,
    async *chunks() {
      try {
        yield* chunks();
      } finally {
        release();
      }
    },
  };
}
