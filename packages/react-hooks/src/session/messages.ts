import type { Problem } from "@retouch/client";
import { isInvalidInputError } from "@retouch/client/browser";
import type { PrepareReport } from "../prepare/prepare-image.ts";
import type { StorageState } from "../storage/storage-state.ts";

/** What a sentence is about: its stable code, its parameters, and the sentence that it replaces. */
export interface MessageSource {
  readonly code: string;
  readonly params: Readonly<Record<string, unknown>> | undefined;
  /** The field of a problem. */
  readonly field: string | undefined;
  readonly message: string;
}

/** Your own sentences by code. `docs/errors.md` lists the codes. */
export type Messages = Readonly<Record<string, string | ((source: MessageSource) => string)>>;

/** Returns the sentence to show. */
function messageFor(source: MessageSource, messages: Messages | undefined): string {
  const own = messages && Object.hasOwn(messages, source.code) ? messages[source.code] : undefined;
  return typeof own === "function" ? own(source) : (own ?? source.message);
}

/** Returns the sentence to show for an error: of invalid parameters, those of their problems. */
export function errorMessage(error: Error, messages: Messages | undefined): string {
  if (messages === undefined) return error.message;
  if (isInvalidInputError(error) && !Object.hasOwn(messages, error.code)) {
    const errors = error.problems.filter(({ severity }) => severity === "error");
    return withMessages(errors, messages)
      .map(({ message }) => message)
      .join("\n");
  }
  const { code = "error", params } = error as Partial<MessageSource>;
  return messageFor({ code: String(code), params, field: undefined, message: error.message }, messages);
}

/** Returns problems with the sentences to show. */
export function withMessages<Given extends readonly Problem[]>(
  problems: Given,
  messages: Messages | undefined,
): Given | Problem[] {
  if (messages === undefined) return problems;
  return problems.map((problem) => {
    const { code, params, field, message } = problem;
    return { ...problem, message: messageFor({ code, params, field, message }, messages) };
  });
}

/** Returns reports of prepared images with the sentences to show. */
export function withReportMessages(
  reports: readonly PrepareReport[],
  messages: Messages | undefined,
): readonly PrepareReport[] {
  if (messages === undefined) return reports;
  return reports.map((report) => {
    const { code, field, before, after, message } = report;
    return { ...report, message: messageFor({ code, params: { before, after }, field, message }, messages) };
  });
}

/** Returns a state of the storage with the sentence to show. */
export function withStorageMessage(state: StorageState, messages: Messages | undefined): StorageState {
  const { code, message } = state;
  if (code === undefined || message === undefined) return state;
  return { ...state, message: messageFor({ code, params: undefined, field: undefined, message }, messages) };
}
