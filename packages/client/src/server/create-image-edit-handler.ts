import { resolveSettings, type Settings } from "../config/resolve-settings.ts";
import { ConfigurationError } from "../errors/errors.ts";
import { lateCode } from "../late-code.ts";
import type { ByteSource } from "../media/byte-source.ts";
import { prepareEdit } from "../request/prepare-edit.ts";
import { resolveDialect } from "../request/resolve-dialect.ts";
import { redactableKey, resolveKey } from "../request/resolve-key.ts";
import { keyHeaders } from "../request/send-with-retries.ts";
import { createFetchTransport } from "../transport/fetch-transport.ts";
import type { RequestBody } from "../transport/request-body.ts";
import type { TransportResponse } from "../transport/transport.ts";
import { authorizeRequest } from "./guards/authorize.ts";
import { checkHost } from "./guards/check-host.ts";
import { enforcePolicy, preflightError } from "./guards/check-policy.ts";
import { checkOrigin, respondToCorsPreflight } from "./guards/cors.ts";
import { type AttemptDeduplicator, createAttemptDeduplicator } from "./guards/deduplicate-attempts.ts";
import { checkProxyOptions, type ImageEditHandler, type ImageEditHandlerOptions } from "./handler-options.ts";
import { createJobs, type Jobs } from "./jobs/create-jobs.ts";
import { ProxyError, refusedCollecting, toProxyError } from "./proxy-error.ts";
import { type ProxiedEdit, readFields } from "./request/parse-fields.ts";
import { boundaryOf, parseForm } from "./request/parse-multipart.ts";
import { type BodyBuffer, checkAnnouncedLength, readBody } from "./request/read-body.ts";
import { type RequestContext, startRequest } from "./request-context.ts";
import { forwardBody } from "./response/forward-body.ts";
import { rejectHtml, responseHeaders, responseType, toUpstreamError } from "./response/forward-response.ts";
import { ownHeaders } from "./response/own-headers.ts";
import { createUpstreamPoller } from "./response/poll-upstream.ts";
import { createBodyRedactor } from "./response/redact-body.ts";
import { createUpstreamRedactor } from "./response/redact-upstream.ts";
import { createLinkResolver } from "./response/resolve-links.ts";

const defaultMaxBodyBytes = 67_108_864;
const defaultTimeoutMs = 600_000;

/**
 * Creates the handler that holds the key. It reads a page's form, rejects it if it is not allowed or invalid, adds the key
 * and forwards it. It denies by default.
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
      '`authorize` is missing, so this proxy would reject every request. Give a function that returns `true` for your users, or `"public"`.',
    );
  }
  checkProxyOptions(options);
  const maxBodyBytes = options.limits?.maxBodyBytes ?? defaultMaxBodyBytes;
  const settings = resolveSettings(
    {
      apiKey: options.apiKey,
      baseUrl: options.baseUrl,
      dialect: options.dialect,
      limitsLike: options.limitsLike,
      timeoutMs,
      dangerouslyAllowBrowser: true,
    },
    {},
  );
  if (typeof options.apiKey !== "function") redactableKey(options.apiKey, settings.host);
  const upstream: Upstream = {
    settings,
    transport: createFetchTransport({ fetch: options.fetch }),
    attempts: createAttemptDeduplicator(),
  };
  const jobs = options.jobs && createJobs(options.jobs);
  const methods = jobs ? "POST, GET, DELETE" : "POST";

  return async (request) => {
    const call = startRequest(request, options, timeoutMs);
    let body: BodyBuffer | undefined;
    try {
      if (request.method === "OPTIONS") {
        const response = respondToCorsPreflight(request, allowedOrigins, methods);
        call.deadline.end();
        return response;
      }
      if (!methods.split(", ").includes(request.method))
        throw new ProxyError(405, "method_not_allowed", "Send a POST.", { headers: { allow: methods } });
      checkHost(request, options);
      checkOrigin(request, allowedOrigins);
      if (jobs && request.method !== "POST") {
        // Asking for a job is not another edit: `rateLimit` has counted it.
        await authorizeRequest(request, { ...options, rateLimit: undefined }, call.deadline);
        return await withCors(respondForJob(jobs, request, call), call);
      }
      const boundary = boundaryOf(request.headers.get("content-type"));
      if (boundary === undefined)
        throw new ProxyError(415, "not_multipart", "Send `multipart/form-data` with a boundary.");
      const announced = checkAnnouncedLength(request, maxBodyBytes);
      await authorizeRequest(request, options, call.deadline);
      const owner = jobs && (await call.deadline.race(jobs.ownerOf(headOf(request))));
      body = await readBody(request, announced, maxBodyBytes, call.deadline);
      const edit = readFields(parseForm(body.bytes(), boundary), options.force);
      enforcePolicy(edit, options);
      call.model = edit.model;
      const { release } = body;
      if (jobs === undefined || owner === undefined)
        return await forward(edit, upstream, request, call, release);
      const started = jobs.start(request, owner, async (signal, beforeSending) => {
        // Not the page's signal: a page that leaves aborts nothing.
        const { url, method, headers } = request;
        const detached = new Request(url, { method, headers, signal });
        const jobCall = startRequest(detached, options, timeoutMs);
        jobCall.model = edit.model;
        try {
          return await forward(edit, upstream, detached, jobCall, release, beforeSending);
        } catch (error) {
          release();
          return jobCall.reject(error);
        }
      });
      return await withCors(started, call);
    } catch (error) {
      body?.release();
      return call.reject(isAboutJob(request) ? refusedCollecting(error) : error);
    }
  };
}

function isAboutJob({ method, url }: Request): boolean {
  return method !== "POST" && new URL(url).searchParams.has("job");
}

/** Responds to a request about a job. */
async function respondForJob(jobs: Jobs, request: Request, call: RequestContext): Promise<Response> {
  const owner = await call.deadline.race(jobs.ownerOf(headOf(request)));
  const reference = new URL(request.url).searchParams.get("job") ?? "";
  return request.method === "GET"
    ? jobs.collect(reference, owner, call.deadline.signal)
    : jobs.cancel(reference, owner);
}

/** Ends a request with a response that needs nothing of it, and lets the page read it. */
async function withCors(responding: Promise<Response>, call: RequestContext): Promise<Response> {
  const response = await responding;
  call.deadline.end();
  for (const [name, value] of Object.entries(call.cors)) response.headers.set(name, value);
  return response;
}

function headOf({ url, method, headers, signal }: Request): Request {
  return new Request(url, { method, headers, signal });
}

interface Upstream {
  readonly settings: Settings;
  readonly transport: ReturnType<typeof createFetchTransport>;
  readonly attempts: AttemptDeduplicator;
}

/** Opens nothing: the images of a form are already in memory. */
const platform = { openInput: (source: ByteSource) => source };

/**
 * Checks the edit against its model's limits, sends it once, and forwards the response as it arrives. `release` is
 * called once the form was sent: upstream may take minutes to respond, and the form is never sent again.
 */
async function forward(
  edit: ProxiedEdit,
  { settings, transport, attempts }: Upstream,
  request: Request,
  call: RequestContext,
  release: () => void,
  beforeSending?: () => Promise<void>,
): Promise<Response> {
  const { deadline } = call;
  const { host } = settings;
  const { signal } = deadline;
  const { dialect, url, root } = await deadline.race(resolveDialect(settings));
  const prepared = await prepareEdit(edit.params, { platform, settings, lateCode, dialect, signal });
  if (!prepared.form) throw preflightError(prepared.problems);
  const key = (await deadline.race(resolveKey(settings))) ?? "";
  const { prompt, ...others } = edit.params;
  const upstreamRedactor = createUpstreamRedactor({
    key,
    host,
    port: new URL(settings.origin).port,
    prompt: String(prompt ?? ""),
    sent: Object.values(others).filter((value) => typeof value === "string"),
  });
  const form = releaseAfterRead(prepared.form, release);
  const idempotencyKey = request.headers.get("idempotency-key");
  const resolved = { dialect, url, root };
  const { redact } = upstreamRedactor;
  const { model } = edit;
  const polling = createUpstreamPoller({ ...resolved, settings, key, transport, redact, model, call });
  const poll = await deadline.race(polling);
  const accept = edit.params["stream"] === true ? "text/event-stream, application/json" : "application/json";
  await deadline.race(beforeSending?.());
  deadline.signal.throwIfAborted();
  const attempt = attempts.add(request.headers.get("x-retouch-attempt"));
  const upstream = await send().catch((error) => {
    const stage = { wasSent: true, isGone: request.signal.aborted, isLate: deadline.isOver() };
    if (toProxyError(error, stage).outcome !== "unknown") attempt.delete();
    throw error;
  });
  const headers = responseHeaders(upstream, upstreamRedactor);
  const chunks = await rejectHtml(upstream, headers);
  const requestId = headers["x-request-id"];
  const bodyRedactor = createBodyRedactor(upstreamRedactor.findInSegment, createLinkResolver(root ?? ""));
  // Without a dialect for tasks, the page's client says that its image is still to be made.
  const status = upstream.status === 202 ? 202 : 200;
  call.report("answered", { status, requestId });
  // A response that is never read, as in a test that looks at its status only, must not hold the process.
  deadline.unref();
  return new Response(forwardBody(chunks, call, bodyRedactor, requestId), {
    status,
    headers: {
      ...ownHeaders,
      ...call.cors,
      ...headers,
      "content-type": responseType(upstream),
      // nginx buffers responses of a proxy by default; events must arrive one by one.
      "x-accel-buffering": "no",
    },
  });

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
    return poll(response);
  }
}

/** Creates a form that can be read once, and then frees its buffer. */
function releaseAfterRead(
  { contentType, byteLength, chunks }: RequestBody,
  release: () => void,
): RequestBody {
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
