import type { Deadline } from "../async/deadline.ts";
import { callOptionNames, checkCallNames } from "../config/check-call-names.ts";
import { checkKeyVendor, keyValues } from "../config/check-key-vendor.ts";
import type { Settings } from "../config/resolve-settings.ts";
import { timeoutOf } from "../config/start-call.ts";
import { InvalidInputError, isHttpError, isRetouchError } from "../errors/errors.ts";
import { createRedactor } from "../errors/redactor.ts";
import { readRequestId } from "../errors/server-error.ts";
import type { ByteSource } from "../media/byte-source.ts";
import { limitsOf } from "../models/limits.ts";
import type { EditOptions } from "../options.ts";
import type { LateCode, Platform } from "../platform.ts";
import { closeAll } from "../preflight/open-inputs.ts";
import type { TaskEvent } from "../tasks/task-dialect.ts";
import type { PollContext, TaskPoller } from "../tasks/task-poller.ts";
import { createFetchTransport } from "../transport/fetch-transport.ts";
import { readCapped } from "../transport/response-body.ts";
import { type PartialResponse, toHttpError, toNetworkError, toTimeoutError } from "./attempt-errors.ts";
import { collectSecrets } from "./collect-secrets.ts";
import { type EditResponse, toEditResponse } from "./edit-response.ts";
import type { CallContext, EditSender, StartedCall } from "./edit-sender.ts";
import { prepareEdit, type RawParams } from "./prepare-edit.ts";
import { type ResolvedDialect, resolveDialect } from "./resolve-dialect.ts";
import { createKeyResolver } from "./resolve-key.ts";
import {
  type CallState,
  maxErrorBytes,
  maxErrorMs,
  requestHeaders,
  sendWithRetries,
} from "./send-with-retries.ts";

/** Creates the sender of one client on the transport of its platform; a given `fetch` always wins. */
export function createEditSender(platform: Platform, settings: Settings, lateCode: LateCode): EditSender {
  const { options, isProxy } = settings;
  const transport =
    (options.fetch ? undefined : platform.transport) ?? createFetchTransport({ fetch: options.fetch });
  const knownNames = [...Object.keys(callOptionNames), ...(platform.callOptionNames ?? [])];
  let known: ResolvedDialect | undefined;
  const keyOf = createKeyResolver(settings);

  return {
    async check(params, call, deadline) {
      const opened: ByteSource[] = [];
      try {
        checkCallNames(call, knownNames);
        const { signal } = deadline;
        const { dialect } = known ?? (await resolve(deadline));
        const context = { platform, settings, lateCode, dialect, signal, opened };
        return (await deadline.race(prepareEdit(params, context))).problems;
      } catch (error) {
        throw deadline.isOver() ? toTimeoutError(timeoutOf(options, call), "none", {}) : error;
      } finally {
        deadline.end();
        await closeAll(opened);
      }
    },

    send: (params, call, deadline, beforeSending) =>
      open(params, call, deadline, async (resolved, { opened }) => {
        const { signal } = deadline;
        const { dialect, url } = resolved;
        const preparing = prepareEdit(params, { platform, settings, lateCode, dialect, signal, opened });
        const { problems, limits, form } = await deadline.race(preparing);
        if (!form) throw new InvalidInputError({ problems });
        const poller = dialect.task && (await deadline.race(loadPoller(resolved)));
        if (beforeSending) await deadline.race(beforeSending());
        return {
          problems,
          limits,
          async receive(context) {
            const { model, n } = params;
            const name = typeof model === "string" ? model : undefined;
            const { keyHeader } = dialect;
            const attempts = {
              ...context,
              url,
              form,
              keyHeader,
              model: name,
              transport,
              options,
              call,
              deadline,
            };
            const response = await sendWithRetries(attempts);
            const edit = { model: name, n: typeof n === "number" ? n : undefined };
            return poller?.follow(response, edit, pollContext(resolved, context, call, deadline)) ?? response;
          },
        };
      }),

    resume: (task, call, deadline, beforePolling) =>
      open({ n: task.n }, call, deadline, async (resolved, { state }) => {
        // An earlier call has sent it.
        state.delivery = "possible";
        const poller = await deadline.race(loadPoller(resolved));
        await deadline.race(beforePolling?.());
        return {
          problems: [],
          limits: limitsOf(task.model),
          receive(context) {
            state.requestId = task.requestId;
            return poller.resume(task, pollContext(resolved, context, call, deadline));
          },
        };
      }),

    collect: (call, deadline, fetchResponse) =>
      open({}, call, deadline, async ({ url }, { state }) => {
        state.delivery = "possible";
        return {
          problems: [],
          limits: limitsOf(),
          async receive({ key, errorContext }) {
            const headers = requestHeaders({ key, keyHeader: undefined, options, call });
            const { signal } = deadline;
            const response = await deadline.race(fetchResponse({ url, headers, signal }));
            state.requestId = readRequestId(response.headers);
            if (response.status >= 200 && response.status < 300) return response;
            const body = await deadline.race(readCapped(response.body, maxErrorBytes, maxErrorMs));
            throw toHttpError(response, body, errorContext);
          },
        };
      }),
  };

  /** Resolves the dialect with the first call; one that failed may load in the next. */
  async function resolve({ race }: Deadline): Promise<ResolvedDialect> {
    known = await race(resolveDialect(settings));
    return known;
  }

  async function loadPoller({ dialect, root = "" }: ResolvedDialect): Promise<TaskPoller> {
    const { createTaskPoller } = await lateCode.tasks();
    return createTaskPoller(dialect.task, { root, origin: settings.origin });
  }

  function pollContext(
    { dialect }: ResolvedDialect,
    { key, errorContext, state }: CallContext,
    call: EditOptions,
    deadline: Deadline,
  ): PollContext {
    return {
      query: { ...dialect.query, ...settings.query },
      headers: requestHeaders({ key, keyHeader: dialect.keyHeader, options, call }),
      transport,
      deadline,
      errorContext,
      state,
      async onTask(event: TaskEvent) {
        await Promise.allSettled([(async () => options.onTask?.(event))()]);
        await call.onTask?.(event);
      },
    };
  }

  /** Runs a call: `start` checks everything, then `receive` gets the response. */
  async function open(
    params: RawParams,
    call: EditOptions,
    deadline: Deadline,
    start: (
      resolved: ResolvedDialect,
      call: { readonly opened: ByteSource[]; readonly state: CallState },
    ) => Promise<StartedCall>,
  ): Promise<EditResponse> {
    const opened: ByteSource[] = [];
    const { signal } = deadline;
    const { idempotencyKey } = call;
    const timeoutMs = timeoutOf(options, call);
    const state: CallState = { delivery: "none" };
    const close = async (): Promise<void> => {
      deadline.end();
      await closeAll(opened);
    };
    // A timeout or an abort is the cause of any other failure; only the error of a received status says more.
    const toCallError = (error: unknown, partial: PartialResponse): unknown => {
      if (deadline.isOver() && !isHttpError(error)) return toTimeoutError(timeoutMs, state.delivery, partial);
      return signal.aborted && !deadline.isOver() ? signal.reason : error;
    };
    try {
      checkCallNames(call, knownNames);
      const resolved = known ?? (await resolve(deadline));
      const { problems, limits, receive } = await start(resolved, { opened, state });
      if (settings.isDefaultServer) checkKeyVendor(keyValues("headers", call.headers));
      const key = await keyOf(deadline);
      const redact = createRedactor(collectSecrets(key, params, settings.baseUrl, options, call));
      const { url, root, label } = resolved;
      const errorContext = { redact, idempotencyKey, label, isProxy, url };
      const response = await receive({ key, errorContext, state });
      const { requestId, taskId } = state;
      const toError = (error: unknown, salvaged?: PartialResponse): unknown => {
        if (isRetouchError(error)) return error;
        const partial = { ...salvaged, requestId, taskId, idempotencyKey };
        return toCallError(toNetworkError(error, errorContext, partial), partial);
      };
      const context = {
        platform,
        settings,
        call,
        root,
        timeoutMs,
        n: params["n"],
        errorContext,
        state,
        toError,
      };
      return { ...toEditResponse(response, { ...context, deadline, problems, limits }), toError, close };
    } catch (error) {
      await close();
      const { requestId, taskId } = state;
      throw toCallError(error, { requestId, taskId, idempotencyKey });
    }
  }
}
