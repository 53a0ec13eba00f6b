import { NetworkError } from "@retouch/client/browser";
import { EditRun } from "../session/edit-run.ts";
import type { Step } from "../session/edit-state.ts";
import { isOpen, type Run } from "../session/run.ts";
import type { RestoredStep } from "../session/step-tree.ts";
import type { CompleteParams } from "../transport/edit-transport.ts";

/** A stored step. */
export interface StepRecord {
  readonly id: string;
  readonly order: number;
  readonly step: Step;
  readonly inputs: CompleteParams | undefined;
  /** Whether it was made from its parent alone, which is not stored again. */
  readonly usesParent: boolean;
}

/** A stored run. */
export interface RunRecord {
  readonly id: string;
  readonly order: number;
  /** The tab that runs it. */
  readonly tab: string;
  readonly snapshot: Run;
  readonly params: CompleteParams;
  /** The step whose image it edits, if the session has it. */
  readonly imageOf: string | undefined;
  readonly wasSent: boolean;
  readonly job: string | undefined;
}

export function toStepRecord(
  step: Step,
  order: number,
  steps: readonly Step[],
  inputs: CompleteParams | undefined,
): StepRecord {
  const parent = steps.find(({ id }) => id === step.parentId);
  const usesParent = inputs !== undefined && parent !== undefined && inputs["image"] === parent.blob;
  const { image, ...others } = inputs ?? {};
  return { id: step.id, order, step, usesParent, inputs: usesParent ? others : inputs };
}

/** Returns stored steps for a session. One whose image is missing from the record of its parent cannot be edited again. */
export function fromStepRecords(
  records: readonly StepRecord[],
  known: readonly Step[],
): readonly RestoredStep[] {
  const blobs = new Map([...known, ...records.map(({ step }) => step)].map(({ id, blob }) => [id, blob]));
  return records.map(({ step, inputs, usesParent }) => {
    if (!usesParent) return { step, inputs };
    const image = blobs.get(step.parentId ?? "");
    return { step, inputs: image && { ...inputs, image } };
  });
}

export function toRunRecord(
  { snapshot, params, wasSent, job }: EditRun,
  steps: readonly Step[],
  { order, tab }: Pick<RunRecord, "order" | "tab">,
): RunRecord {
  const image = params["image"];
  const imageOf = image === undefined ? undefined : steps.find(({ blob }) => blob === image)?.id;
  // Errors have methods, which cannot be stored; what the page shows of one can.
  const { error } = snapshot;
  const { code } = (error ?? {}) as { readonly code?: unknown };
  const plain = error && {
    name: error.name,
    message: error.message,
    code: String(code ?? "error"),
    outcome: snapshot.outcome,
  };
  return {
    id: snapshot.id,
    order,
    tab,
    params,
    imageOf,
    wasSent,
    job,
    snapshot: { ...snapshot, error: plain },
  };
}

export function fromRunRecord(
  { id, snapshot, params, imageOf, wasSent, job }: RunRecord,
  steps: readonly Step[],
): EditRun {
  // The same blob as the step's, so that the result becomes its child.
  const image = steps.find((step) => step.id === imageOf)?.blob;
  const run = new EditRun(id, image === undefined ? params : { ...params, image });
  run.wasSent = wasSent;
  run.job = job;
  run.isRestored = wasSent;
  if (isOpen(snapshot)) return run;
  const { error } = snapshot;
  run.isOver = true;
  run.set({ ...snapshot, error: error && Object.assign(new Error(error.message), error) });
  return run;
}

/** Returns a record whose edit, if it was only queued, has ended unsent. */
export function withoutQueued(record: RunRecord): RunRecord {
  const { snapshot, wasSent } = record;
  if (wasSent || !isOpen(snapshot)) return record;
  const message =
    "The page was left while this edit was queued. Another tab may still send it, which an insecure page (http) cannot see: retry it if none does.";
  const error = { name: "AbortError", message, code: "canceled", outcome: "not-sent" } as const;
  return { ...record, snapshot: { ...snapshot, status: "canceled", error, message, outcome: "not-sent" } };
}

/** The error of an edit whose page was left before its response. */
export function interruptedError(): NetworkError {
  return new NetworkError(
    "The page was left while this edit was on its way. It may have been billed, and is not sent again by itself: look it up at the provider, or retry it.",
    { outcome: "unknown", code: "page_left" },
  );
}
