import { InvalidInputError } from "@retouch/client/browser";
import { fromStepRecords, type StepRecord, toStepRecord } from "../storage/records.ts";
import type { CompleteParams } from "../transport/edit-transport.ts";
import type { Step } from "./edit-state.ts";
import type { RestoredStep } from "./step-tree.ts";

/** The first line of a file: name and version of the format. */
const magic = "retouch-session 1\n";
/** Stands for a file in the JSON part, by index. */
const blobKey = "$blob";

interface Head {
  readonly current: string | undefined;
  readonly steps: readonly StepRecord[];
  readonly blobs: readonly { readonly size: number; readonly type: string; readonly name?: string }[];
}

/**
 * Writes the images of a session, what each was made from, masks and prompts included, to one file: a line with the version,
 * one with the length of the JSON, the JSON, and the images one after another. So images are not encoded, and a browser
 * reads each from the disk when it is shown; base64 would take a third more, and all of it in memory.
 */
export function writeSession(
  steps: readonly Step[],
  current: string | undefined,
  inputsOf: (id: string) => CompleteParams | undefined,
): Blob {
  const blobs = new Map<Blob, number>();
  const records = steps.map((step, order) => toStepRecord(step, order, steps, inputsOf(step.id)));
  const json = JSON.stringify({ current, steps: records }, (_key, value: unknown) => {
    const isBytes = value instanceof ArrayBuffer || ArrayBuffer.isView(value);
    const blob = isBytes ? new Blob([value as BlobPart]) : value;
    if (!(blob instanceof Blob)) return value;
    if (!blobs.has(blob)) blobs.set(blob, blobs.size);
    return { [blobKey]: blobs.get(blob) };
  });
  const files = [...blobs.keys()].map((blob) => ({
    size: blob.size,
    type: blob.type,
    ...(blob instanceof File && { name: blob.name }),
  }));
  const head = new Blob([`${json.slice(0, -1)},"blobs":${JSON.stringify(files)}}`]);
  return new Blob([magic, `${head.size}\n`, head, ...blobs.keys()], {
    type: "application/x-retouch-session",
  });
}

/**
 * Reads a file of {@link writeSession}. Every image gets an id of this session.
 *
 * @throws InvalidInputError (`not-sent`, `invalid_session`) for anything else, and for a file that is cut.
 */
export async function readSession(
  file: Blob,
  nextId: () => string,
): Promise<{ readonly steps: readonly RestoredStep[]; readonly currentId: string | undefined }> {
  try {
    const start = await file.slice(0, magic.length + 20).text();
    const [, digits = ""] = start.startsWith(magic) ? (/^(\d+)\n/.exec(start.slice(magic.length)) ?? []) : [];
    const from = magic.length + digits.length + 1;
    let at = from + Number.parseInt(digits, 10);
    const text = await file.slice(from, at).text();
    const { blobs } = JSON.parse(text) as Head;
    const files = blobs.map(({ size, type, name }) => {
      const part = file.slice(at, at + size, type);
      at += size;
      if (part.size !== size) throw new RangeError("The file is cut.");
      return name === undefined ? part : new File([part], name, { type });
    });
    const { current, steps } = JSON.parse(text, (_key, value: unknown) => {
      const index = (value as Record<string, unknown> | null)?.[blobKey];
      return typeof index === "number" ? files[index] : value;
    }) as Head;
    const ids = new Map(steps.map(({ id }) => [id, nextId()]));
    const restored = fromStepRecords(steps, []).map(({ step, inputs }) => ({
      step: {
        ...step,
        id: ids.get(step.id) ?? "",
        parentId: ids.get(step.parentId ?? "") ?? null,
        // A missing image is `null` in JSON.
        inputIds: step.inputIds?.map((id) => ids.get(id ?? "")),
      },
      inputs,
    }));
    return { steps: restored, currentId: ids.get(current ?? "") };
  } catch (cause) {
    const message =
      "This is not a complete file of an exported session, or it is one of a newer version. Export the session again, and pass the file unchanged.";
    throw Object.assign(
      new InvalidInputError({
        problems: [{ severity: "error", field: "file", code: "invalid_session", message }],
      }),
      { cause },
    );
  }
}
