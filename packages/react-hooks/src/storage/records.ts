import { NetworkError } from "@retouch/client/browser";
import { EditRun } from "../session/edit-run.ts";
import type { Step } from "../session/edit-state.ts";
import { isOpen, type Run } from "../session/run.ts";
import type { RestoredStep } from "../session/step-tree.ts";
import type { CompleteParams } from "../transport/edit-transport.ts";
import { fromErrorRecord, toErrorRecord } from "./error-record.ts";

/** A stored step. */
export interface StepRecord {
  readonly id: string;
  readonly order: number;
  readonly step: Step;
  readonly inputs: CompleteParams | undefined;
  /** Whether it was made from its parent alone, which is not stored again. */
  readonly usesParent: boolean;
  /** The steps whose images it was made from, if they were several. */
  readonly imageOf?: ImageOf;
}

/** The steps whose images an edit has, as the session has them: one for an image, or one for each of several. */
type ImageOf = string | undefined | readonly (string | undefined)[];

/** A stored run. */
export interface RunRecord {
  readonly id: string;
  readonly order: number;
  /** The tab that runs it. */
  readonly tab: string;
  readonly snapshot: Run;
  readonly params: CompleteParams;
  /** The step whose image it edits, if the session has it. */
  readonly imageOf: ImageOf;
  /** The steps of the references of one that is queued. */
  readonly referencesOf?: ImageOf;
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
  const imageOf = usesParent ? undefined : toImageOf(image, steps);
  return { id: step.id, order, step, usesParent, imageOf, inputs: usesParent ? others : inputs };
}

/** Returns stored steps for a session. One whose image is missing from the record of its parent cannot be edited again. */
export function fromStepRecords(
  records: readonly StepRecord[],
  known: readonly Step[],
): readonly RestoredStep[] {
  const steps = [...known, ...records.map(({ step }) => step)];
  const blobs = new Map(steps.map(({ id, blob }) => [id, blob]));
  return records.map(({ step, inputs, usesParent, imageOf }) => {
    if (!usesParent) return { step, inputs: inputs && withImagesOf(inputs, imageOf, steps) };
    const image = blobs.get(step.parentId ?? "");
    return { step, inputs: image && { ...inputs, image } };
  });
}

export function toRunRecord(
  { snapshot, params, wasSent, job }: EditRun,
  steps: readonly Step[],
  { order, tab }: Pick<RunRecord, "order" | "tab">,
): RunRecord {
  const imageOf = toImageOf(params["image"], steps);
  const referencesOf = toImageOf(params["references"], steps);
  return {
    id: snapshot.id,
    order,
    tab,
    params,
    imageOf,
    referencesOf,
    wasSent,
    job,
    snapshot: { ...snapshot, error: toErrorRecord(snapshot) },
  };
}

export function fromRunRecord(
  { id, snapshot, params, imageOf, referencesOf, wasSent, job }: RunRecord,
  steps: readonly Step[],
): EditRun {
  const restored = withImagesOf(params, imageOf, steps);
  const run = new EditRun(id, withImagesOf(restored, referencesOf, steps, "references"));
  run.wasSent = wasSent;
  run.job = job;
  run.isRestored = wasSent;
  if (isOpen(snapshot)) return run;
  run.isOver = true;
  run.set({ ...snapshot, error: fromErrorRecord(snapshot) });
  return run;
}

function toImageOf(image: unknown, steps: readonly Step[]): ImageOf {
  const idOf = (one: unknown) => (one === undefined ? undefined : steps.find(({ blob }) => blob === one)?.id);
  return Array.isArray(image) ? image.map(idOf) : idOf(image);
}

/** Returns parameters with the same blobs as the steps', so that the result becomes the child of its image. */
function withImagesOf(
  params: CompleteParams,
  imageOf: ImageOf,
  steps: readonly Step[],
  field: "image" | "references" = "image",
): CompleteParams {
  const { [field]: image } = params;
  const blobOf = (id: string | undefined) => steps.find((step) => step.id === id)?.blob;
  if (Array.isArray(imageOf)) {
    if (!Array.isArray(image)) return params;
    return { ...params, [field]: image.map((one, index) => blobOf(imageOf[index]) ?? one) };
  }
  const own = blobOf(imageOf as string | undefined);
  return own === undefined ? params : { ...params, [field]: own };
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
