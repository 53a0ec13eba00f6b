import { resolveSettings } from "../config/resolve-settings.ts";
import { ConfigurationError } from "../errors/errors.ts";
import { createKeyResolver, redactableKey } from "../request/resolve-key.ts";
import { forwardEdit, type Upstream } from "./forward-edit.ts";
import { authorizeRequest } from "./guards/authorize.ts";
import { checkHost } from "./guards/check-host.ts";
import { enforcePolicy } from "./guards/check-policy.ts";
import { checkOrigin, respondToCorsPreflight } from "./guards/cors.ts";
import { createAttemptDeduplicator } from "./guards/deduplicate-attempts.ts";
import { checkProxyOptions, type ImageEditHandler, type ImageEditHandlerOptions } from "./handler-options.ts";
import { createJobs, type Jobs } from "./jobs/create-jobs.ts";
import { type PageRequest, readRequest } from "./page-request.ts";
import { offerResponder, type Responder, toWebResponse } from "./page-response.ts";
import { ProxyError } from "./proxy-error.ts";
import { readFields } from "./request/parse-fields.ts";
import { boundaryOf, parseForm } from "./request/parse-multipart.ts";
import { type BodyBuffer, checkAnnouncedLength, readBody } from "./request/read-body.ts";
import { type RequestContext, startRequest } from "./request-context.ts";
import { createUpstreamTransport } from "./upstream-transport.ts";

const defaultMaxBodyBytes = 67_108_864;
const defaultTimeoutMs = 600_000;

/**
 * Creates the handler that holds the key. It reads a page's form, rejects it if it is not allowed or invalid, adds the key
 * and forwards it. It denies by default.
 *
 * @throws ConfigurationError (`not-sent`) at creation: without a key, without `authorize`, or with a `baseUrl` that is
 * neither https nor on loopback, unless `allowInsecureHttp` is set.
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
      allowInsecureHttp: options.allowInsecureHttp,
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
    loadTransport: createUpstreamTransport(options.fetch),
    attempts: createAttemptDeduplicator(),
    keyOf: createKeyResolver(settings),
  };
  const jobs = options.jobs && createJobs(options.jobs);
  const methods = jobs ? "POST, GET, DELETE" : "POST";

  const respond: Responder = async (request) => {
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
      const owner = jobs && (await call.deadline.race(jobs.ownerOf(request.head())));
      body = await readBody(request, announced, maxBodyBytes, call.deadline);
      const edit = readFields(parseForm(body.bytes(), boundary), options.force);
      enforcePolicy(edit, options);
      call.model = edit.model;
      const form = body;
      const release = (): void => form.release();
      if (jobs === undefined || owner === undefined)
        return await forwardEdit(edit, upstream, request, call, release);
      const started = jobs.start(request, owner, async (signal, beforeSending) => {
        // Not the page's signal: a page that leaves aborts nothing.
        const { method, url, headers } = request;
        const detached = { method, url, headers, signal };
        const jobCall = startRequest(detached, options, timeoutMs);
        jobCall.model = edit.model;
        try {
          return toWebResponse(await forwardEdit(edit, upstream, detached, jobCall, release, beforeSending));
        } catch (error) {
          release();
          return toWebResponse(jobCall.reject(error));
        }
      });
      return await withCors(started, call);
    } catch (error) {
      body?.release();
      return call.reject(error);
    }
  };
  const handler: ImageEditHandler = async (request) => toWebResponse(await respond(readRequest(request)));
  offerResponder(handler, respond);
  return handler;
}

/** Responds to a request about a job. */
async function respondForJob(jobs: Jobs, request: PageRequest, call: RequestContext): Promise<Response> {
  const owner = await call.deadline.race(jobs.ownerOf(request.head()));
  const { searchParams } = new URL(request.url);
  const reference = searchParams.get("job") ?? "";
  return request.method === "GET"
    ? jobs.collect(reference, owner, call.deadline.signal, searchParams.has("live"))
    : jobs.cancel(reference, owner, request.headers.get("x-retouch-attempt") === reference);
}

/** Ends a request with a response that needs nothing of it, and lets the page read it. */
async function withCors(responding: Promise<Response>, call: RequestContext): Promise<Response> {
  const response = await responding;
  call.deadline.end();
  for (const [name, value] of Object.entries(call.cors)) response.headers.set(name, value);
  return response;
}
