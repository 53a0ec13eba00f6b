import type { Settings } from "../config/resolve-settings.ts";
import { startCall } from "../config/start-call.ts";
import type { EditResult } from "../edit-result.ts";
import { lateCode } from "../late-code.ts";
import type { EditOptions } from "../options.ts";
import type { Platform } from "../platform.ts";
import { readResult } from "../request/run-edit.ts";
import { createEditSender } from "../request/send-edit.ts";
import { followJob } from "./follow-job.ts";

/** Returns the result of a job of a proxy. Loaded with the first one that is collected. */
export async function collectJob(
  job: string,
  call: EditOptions,
  platform: Platform,
  settings: Settings,
): Promise<EditResult> {
  const deadline = startCall(settings.options, call);
  const { collect } = createEditSender(platform, settings, lateCode);
  return readResult(await collect(call, deadline, (request) => followJob(job, request)), lateCode.events);
}
