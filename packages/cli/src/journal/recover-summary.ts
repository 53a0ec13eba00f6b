import type { OpenEdit } from "./unfinished-edits.ts";

/** An open edit as `retouch recover` shows it. */
export interface OpenEditSummary {
  readonly id: string;
  /** `running`, `answer kept` (it can be written or looked at), or `unknown` (sent, no answer: maybe billed). */
  readonly state: "running" | "answer kept" | "unknown";
  readonly sentAt?: string | undefined;
  readonly server?: string | undefined;
  readonly model?: string | undefined;
  readonly images: readonly string[];
  readonly requestId?: string | undefined;
  readonly code?: string | undefined;
  readonly answer?: string | undefined;
}

/** Sums an open edit up. */
export function editedSummary({ record, answerFile, answerBytes, running }: OpenEdit): OpenEditSummary {
  const { id, at, plan, requestId, code } = record;
  return {
    id,
    state: running ? "running" : answerBytes > 0 ? "answer kept" : "unknown",
    sentAt: at,
    server: plan?.server,
    model: plan?.model,
    images: plan?.images ?? [],
    requestId,
    code,
    answer: answerBytes > 0 ? answerFile : undefined,
  };
}
