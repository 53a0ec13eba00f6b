import { checkCall } from "../check-call.ts";
import type { EditOptions, ImageClientOptions } from "../options.ts";
import { type Deadline, startDeadline } from "../start-deadline.ts";

/**
 * Checks the options of one call and starts its clock.
 *
 * @throws ConfigurationError (`not-sent`) for options that can not work, and the signal's reason when it has aborted
 */
export function startCall(options: ImageClientOptions, call: EditOptions): Deadline {
  checkCall(call);
  call.signal?.throwIfAborted();
  return startDeadline(timeoutOf(options, call), call.signal);
}

/** Gives the time limit of a call in milliseconds: 600 s unless said otherwise. */
export function timeoutOf(options: ImageClientOptions, call: EditOptions): number {
  return call.timeoutMs ?? options.timeoutMs ?? 600_000;
}
