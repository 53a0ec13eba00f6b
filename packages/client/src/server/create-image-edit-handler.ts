import type { ByteSource } from "../byte-source.ts";
import { encodeMultipart } from "../encode-multipart.ts";
import { ConfigurationError } from "../errors.ts";
import { createFetchTransport } from "../fetch-transport.ts";
import { formParts } from "../form-parts.ts";
import { gatherFacts } from "../gather-facts.ts";
import { limitsOf } from "../limits.ts";
import { preflight } from "../preflight.ts";
import { resolveKey, resolveOptions } from "../resolve-options.ts";
import type { Runtime } from "../runtime.ts";
import { type Deadline, startDeadline } from "../start-deadline.ts";
import { tell } from "../tell.ts";
import { TransportFailure } from "../transport.ts";
import { checkAllowed, refuseProblems } from "./check-allowed.ts";
import { checkOrigin, corsHeaders } from "./check-origin.ts";
import { checkProxyOptions } from "./check-proxy-options.ts";
import { createKeyHider } from "./hide-key.ts";
import { boundaryOf, parseForm } from "./parse-form.ts";
import { answerHeaders, answerType, refuseMarkup, refuseUpstream } from "./pass-answer.ts";
import type { ImageEditHandler, ImageEditHandlerOptions, ProxyEvent } from "./proxy-options.ts";
import { checkAnnouncedLength, readBody } from "./read-body.ts";
import { type ProxiedEdit, readFields } from "./read-fields.ts";
import { Refusal, refusalBody } from "./refusal.ts";

const defaultMaxBodyBytes = 67_108_864;
const defaultTimeoutMs = 600_000;

/**
 * Creates the handler that keeps the key: it takes a page's form, refuses what may not or need not be sent, adds the
 * key and posts it on. It denies by default.
 *
 * @throws ConfigurationError (`not-sent`) at creation: without a key, without `authorize`, or with a `baseUrl` that is
 * neither https nor on loopback.
 * @example
 * const handler = createImageEditHandler({
 *   apiKey: process.env.RETOUCH_API_KEY ?? "",
 *   authorize: async (request) => (await sessionOf(request)) !== undefined,
 *   allow: { models: ["gpt-image-1"], sizes: ["auto", "1024x1024"] },
 * });
 * export const POST = handler; // Next.js: app/api/image-edit/route.ts
 */
export function createImageEditHandler(options: ImageEditHandlerOptions): ImageEditHandler {
  const { authorize, allowedOrigins = [], timeoutMs = defaultTimeoutMs } = options ?? {};
  if (authorize !== "public" && typeof authorize !== "function") {
    throw new ConfigurationError(
      '`authorize` is missing, so nobody may use this proxy. Give a function that answers `true` for your users, or the word `"public"`.',
    );
  }
  checkProxyOptions(options);
  const maxBodyBytes = options.limits?.maxBodyBytes ?? defaultMaxBodyBytes;
  const upstream: Upstream = {
    settings: resolveOptions(
      { apiKey: options.apiKey, baseUrl: options.baseUrl, timeoutMs, dangerouslyAllowBrowser: true },
      runtime,
    ),
    transport: createFetchTransport({ fetch: options.fetch }),
  };

  return async (request) => {
    const call = startCall(request, options, timeoutMs);
    try {
      if (request.method === "OPTIONS") {
        const answer = answerPreflight(request, allowedOrigins);
        call.deadline.end();
        return answer;
      }
      if (request.method !== "POST")
        throw new Refusal(405, "method_not_allowed", "Send a POST.", { headers: { allow: "POST" } });
      checkOrigin(request, allowedOrigins);
      const boundary = boundaryOf(request.headers.get("content-type"));
      if (boundary === undefined)
        throw new Refusal(415, "not_multipart", "Send `multipart/form-data` with a boundary.");
      const announced = checkAnnouncedLength(request, maxBodyBytes);
      await checkSender(request, options, call.deadline);
      const body = await readBody(request, announced, maxBodyBytes, call.deadline);
      const edit = readFields(parseForm(body, boundary), options.force);
      checkAllowed(edit, options);
      call.model = edit.model;
      return await forward(edit, upstream, request, call);
    } catch (error) {
      return call.refuse(error);
    }
  };
}

interface Upstream {
  readonly settings: ReturnType<typeof resolveOptions>;
  readonly transport: ReturnType<typeof createFetchTransport>;
}

/** The pictures of a form lie in memory already. */
const runtime: Runtime = {
  transport: () => Promise.reject(new Error("The proxy sends by itself.")),
  openInput: (source: ByteSource) => source,
};

/** What one request knows about itself from its first to its last byte. */
interface Call {
  readonly deadline: Deadline;
  readonly cors: Record<string, string>;
  model: string | undefined;
  wasSent: boolean;
  report(type: ProxyEvent["type"], details?: Partial<ProxyEvent>): void;
  refuse(error: unknown): Response;
}

function startCall(request: Request, options: ImageEditHandlerOptions, timeoutMs: number): Call {
  const startedAt = performance.now();
  const call: Call = {
    deadline: startDeadline(timeoutMs, request.signal),
    cors: corsHeaders(request, options.allowedOrigins ?? []),
    model: undefined,
    wasSent: false,
    report(type, details) {
      const event = { type, model: call.model, durationMs: performance.now() - startedAt, ...details };
      tell(options.onEvent, event);
    },
    refuse(error) {
      call.deadline.end();
      const refusal = toRefusal(error, call, request);
      const { status, code, outcome, headers } = refusal;
      const type = request.signal.aborted ? "aborted" : call.wasSent ? "failed" : "refused";
      call.report(type, { status, code, outcome, requestId: headers["x-request-id"] });
      return new Response(refusalBody(refusal), {
        status,
        headers: {
          ...ownHeaders,
          ...call.cors,
          "content-type": "application/json",
          ...headers,
          "x-retouch-outcome": outcome,
        },
      });
    },
  };
  return call;
}

const ownHeaders = { "cache-control": "no-store", "x-content-type-options": "nosniff" };

/** Asks who sends, then whether they send too often. Both see address and headers; the body stays unread. */
async function checkSender(
  request: Request,
  options: ImageEditHandlerOptions,
  deadline: Deadline,
): Promise<void> {
  const { url, method, headers, signal } = request;
  const head = (): Request => new Request(url, { method, headers, signal });
  if (options.authorize !== "public") {
    // Exactly `true`: a promise that was not awaited, or a user object, must not open the door.
    const verdict: unknown = await deadline.race(options.authorize(head()));
    if (verdict !== true)
      throw new Refusal(401, "not_authorized", "You may not edit pictures here. Sign in and try again.");
  }
  if (!options.rateLimit) return;
  const { allowed, retryAfterMs } = await deadline.race(options.rateLimit(head()));
  if (allowed === true) return;
  const wait = Number.isFinite(retryAfterMs) ? Math.max(0, Math.ceil(Number(retryAfterMs))) : undefined;
  const retry =
    wait === undefined
      ? {}
      : { "retry-after": String(Math.ceil(wait / 1_000)), "retry-after-ms": String(wait) };
  throw new Refusal(429, "rate_limited", "Too many edits from you. Wait, then try again.", {
    headers: retry,
  });
}

/** Checks the edit against its model's limits, sends it once, and passes the answer back as it arrives. */
async function forward(
  edit: ProxiedEdit,
  { settings, transport }: Upstream,
  request: Request,
  call: Call,
): Promise<Response> {
  const { deadline } = call;
  const { target, host } = settings;
  const inputs = await gatherFacts(edit.params, runtime, deadline.signal, []);
  refuseProblems(preflight(edit.params, inputs.facts, limitsOf(edit.model), { host, nowMs: Date.now() }));
  const key = (await deadline.race(resolveKey(settings))) ?? "";
  const form = encodeMultipart(formParts(edit.params, inputs));
  const idempotencyKey = request.headers.get("idempotency-key");
  const accept = edit.params["stream"] === true ? "text/event-stream, application/json" : "application/json";
  deadline.signal.throwIfAborted();
  call.wasSent = true;
  call.report("sent");
  const upstream = await transport({
    url: target.root + target.path,
    headers: {
      authorization: `Bearer ${key}`,
      "content-type": form.contentType,
      accept,
      ...(idempotencyKey !== null &&
        /^[!-~]{1,255}$/.test(idempotencyKey) && { "idempotency-key": idempotencyKey }),
    },
    body: form,
    signal: deadline.signal,
  });
  if (upstream.status < 200 || upstream.status >= 300) {
    throw await refuseUpstream(upstream, { key, host, prompt: String(edit.params["prompt"] ?? "") });
  }
  const headers = answerHeaders(upstream, key);
  const pieces = await refuseMarkup(upstream, headers);
  const requestId = headers["x-request-id"];
  call.report("answered", { status: upstream.status, requestId });
  return new Response(passBody(pieces, call, key, requestId), {
    status: 200,
    headers: {
      ...ownHeaders,
      ...call.cors,
      ...headers,
      "content-type": answerType(upstream),
      // nginx holds back what it takes for a page; events must arrive one by one.
      "x-accel-buffering": "no",
    },
  });
}

/** Gives every piece on as it comes; a page that goes away cuts upstream off. */
function passBody(
  pieces: AsyncIterator<Uint8Array>,
  call: Call,
  key: string,
  requestId: string | undefined,
): ReadableStream<Uint8Array> {
  const hider = createKeyHider(key);
  let isOver = false;
  const end = (type: "completed" | "failed" | "aborted", outcome?: "unknown"): void => {
    if (isOver) return;
    isOver = true;
    call.deadline.end();
    call.report(type, { status: 200, requestId, outcome });
  };
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      try {
        let piece: Uint8Array;
        do {
          const { done, value } = await pieces.next();
          if (done) {
            const last = hider.end();
            if (last.length > 0) controller.enqueue(last);
            end("completed");
            return controller.close();
          }
          piece = hider.push(value);
        } while (piece.length === 0);
        controller.enqueue(piece);
      } catch (error) {
        end("failed", "unknown");
        controller.error(error);
      }
    },
    async cancel() {
      end("aborted", "unknown");
      await pieces.return?.();
    },
  });
}

function answerPreflight(request: Request, allowedOrigins: readonly string[]): Response {
  const cors = corsHeaders(request, allowedOrigins);
  if (cors["access-control-allow-origin"] === undefined) {
    throw new Refusal(405, "method_not_allowed", "Send a POST.", { headers: { allow: "POST" } });
  }
  const headers = {
    "access-control-allow-methods": "POST",
    "access-control-allow-headers": "authorization, content-type, idempotency-key, accept",
    "access-control-max-age": "600",
  };
  return new Response(null, { status: 204, headers: { ...ownHeaders, ...cors, ...headers } });
}

/** Puts every failure into words of the proxy's own: a message from below can hold a key or an address. */
function toRefusal(error: unknown, call: Call, request: Request): Refusal {
  if (error instanceof Refusal) return error;
  const outcome = call.wasSent ? "unknown" : "not-sent";
  if (request.signal.aborted)
    return new Refusal(499, "client_closed", "The page went away.", { outcome, cause: error });
  if (call.deadline.isOver()) {
    return call.wasSent
      ? new Refusal(
          504,
          "upstream_timeout",
          "Upstream did not answer in time. It may have billed this edit.",
          { outcome, cause: error },
        )
      : new Refusal(408, "too_slow", "The form did not arrive in time. Nothing was sent on.", {
          outcome,
          cause: error,
        });
  }
  if (error instanceof TransportFailure && error.delivery !== "possible") {
    return new Refusal(502, "upstream_unreachable", "Upstream could not be reached. Nothing was sent.", {
      outcome: "not-sent",
      cause: error,
    });
  }
  if (call.wasSent) {
    return new Refusal(502, "upstream_failed", "Upstream broke off. It may have billed this edit.", {
      outcome,
      cause: error,
    });
  }
  return new Refusal(
    500,
    "proxy_failed",
    "The proxy could not check this request. Nothing was sent. Look at the server's log.",
    {
      outcome,
      cause: error,
    },
  );
}
