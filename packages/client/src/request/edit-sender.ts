import type { Deadline } from "../async/deadline.ts";
import type { Problem } from "../errors/errors.ts";
import type { ModelLimits } from "../models/limit-types.ts";
import type { EditOptions } from "../options.ts";
import type { ResumableTask } from "../tasks/task-dialect.ts";
import type { TransportRequest, TransportResponse } from "../transport/transport.ts";
import type { EditResponse } from "./edit-response.ts";
import type { RawParams } from "./prepare-edit.ts";
import type { SendContext } from "./send-with-retries.ts";

/** Sends the edits of one client, and checks them without sending. Either call ends the deadline that it is given. */
export interface EditSender {
  /** Opens and checks everything. Sends nothing. */
  check(params: RawParams, call: EditOptions, deadline: Deadline): Promise<readonly Problem[]>;
  /** Opens, checks and sends. `beforeSending` loads what reading the response needs, before anything is billed. */
  send(
    params: RawParams,
    call: EditOptions,
    deadline: Deadline,
    beforeSending?: () => Promise<unknown>,
  ): Promise<EditResponse>;
  /** Polls a task that an earlier call has sent. The edit may be billed, whatever the outcome of an error says. */
  resume(
    task: ResumableTask,
    call: EditOptions,
    deadline: Deadline,
    beforePolling?: () => Promise<unknown>,
  ): Promise<EditResponse>;
  /** Receives the response to an edit that an earlier call has sent. `fetchResponse` gets it, whatever its status. */
  collect(
    call: EditOptions,
    deadline: Deadline,
    fetchResponse: (
      request: Pick<TransportRequest, "url" | "headers" | "signal">,
    ) => Promise<TransportResponse>,
  ): Promise<EditResponse>;
}

/** What a call needs once everything was checked. */
export type CallContext = Pick<SendContext, "key" | "errorContext" | "state">;

export interface StartedCall {
  readonly problems: readonly Problem[];
  readonly limits: ModelLimits;
  /** Resolves with the response that has the images. */
  receive(context: CallContext): Promise<TransportResponse>;
}
