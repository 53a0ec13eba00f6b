import type { Settings } from "../../config/resolve-settings.ts";
import type { Redact } from "../../errors/redactor.ts";
import { lateCode } from "../../late-code.ts";
import type { ResolvedDialect } from "../../request/resolve-dialect.ts";
import { keyHeaders } from "../../request/send-with-retries.ts";
import type { PollContext } from "../../tasks/task-poller.ts";
import type { Transport, TransportResponse } from "../../transport/transport.ts";
import type { RequestContext } from "../request-context.ts";

/** What the polls of one request need. */
interface UpstreamPolling extends Pick<ResolvedDialect, "dialect" | "url" | "root"> {
  readonly settings: Settings;
  readonly key: string;
  readonly transport: Transport;
  readonly redact: Redact;
  readonly model: string | undefined;
  readonly call: RequestContext;
}

/**
 * Returns what waits for the images of a task that upstream made of the edit, by the proxy's own dialect. Without one for
 * tasks, upstream's response is forwarded, and the page's client reports the task. Resolves before anything is sent.
 */
export async function createUpstreamPoller({
  dialect,
  url,
  root = "",
  settings,
  key,
  transport,
  redact,
  model,
  call,
}: UpstreamPolling): Promise<(response: TransportResponse) => Promise<TransportResponse>> {
  const { createTaskPoller } = await lateCode.tasks();
  const poller = createTaskPoller(dialect.task, { root, origin: settings.origin });
  const state: PollContext["state"] = {};
  const context: PollContext = {
    query: { ...dialect.query, ...settings.query },
    headers: keyHeaders(key, dialect.keyHeader),
    transport,
    deadline: call.deadline,
    errorContext: { redact, idempotencyKey: undefined, label: "Upstream", isProxy: false, url },
    state,
    async onTask({ taskId }) {
      call.taskId = taskId;
      call.report("task");
    },
  };
  return async (response) => {
    try {
      return await poller.follow(response, { model }, context);
    } catch (error) {
      call.taskId = state.taskId;
      throw error;
    }
  };
}
