import { callHook } from "../async/call-hook.ts";
import { type Deadline, startDeadline } from "../async/deadline.ts";
import { corsHeaders } from "./guards/cors.ts";
import type { ImageEditHandlerOptions, ProxyEvent } from "./handler-options.ts";
import type { PageRequest } from "./page-request.ts";
import { PageResponse } from "./page-response.ts";
import { toErrorBody, toJobError, toProxyError } from "./proxy-error.ts";
import { ownHeaders } from "./response/own-headers.ts";

/** The state of one request, from its first to its last byte. */
export interface RequestContext {
  readonly deadline: Deadline;
  readonly cors: Record<string, string>;
  model: string | undefined;
  wasSent: boolean;
  /** The task that upstream made of the edit. */
  taskId: string | undefined;
  report(type: ProxyEvent["type"], details?: Partial<ProxyEvent>): void;
  reject(error: unknown): PageResponse;
}

/** Creates the state of one request and starts its deadline. */
export function startRequest(
  request: Pick<PageRequest, "method" | "url" | "headers" | "signal">,
  options: ImageEditHandlerOptions,
  timeoutMs: number,
): RequestContext {
  const startedAt = performance.now();
  const isAboutJob = /^(GET|DELETE)$/.test(request.method) && new URL(request.url).searchParams.has("job");
  const call: RequestContext = {
    deadline: startDeadline(timeoutMs, request.signal),
    cors: corsHeaders(request, options.allowedOrigins ?? []),
    model: undefined,
    wasSent: false,
    taskId: undefined,
    report(type, details) {
      if (!options.onEvent) return;
      const { model, taskId } = call;
      const event = { type, model, taskId, durationMs: performance.now() - startedAt, ...details };
      callHook(options.onEvent, event);
    },
    reject(error) {
      call.deadline.end();
      const proxyError = (isAboutJob ? toJobError : toProxyError)(error, {
        wasSent: call.wasSent,
        isGone: request.signal.aborted,
        isLate: call.deadline.isOver(),
      });
      const { status, code, outcome, headers, cause } = proxyError;
      const { taskId = "" } = call;
      const type = request.signal.aborted ? "aborted" : call.wasSent ? "failed" : "refused";
      call.report(type, { status, code, outcome, requestId: headers["x-request-id"], cause });
      const allHeaders = {
        ...ownHeaders,
        ...call.cors,
        "content-type": "application/json",
        ...headers,
        ...(/^[!-~]{1,200}$/.test(taskId) && { "x-retouch-task": taskId }),
        // Without it, the page asks again: the job may be there later.
        ...(!(isAboutJob && code === "jobs_unavailable") && { "x-retouch-outcome": outcome }),
      };
      return new PageResponse(status, allHeaders, toErrorBody(proxyError));
    },
  };
  return call;
}
