import type { EditJob } from "../../edit/edit-job.ts";
import type { EditRecord } from "../../journal/edit-record.ts";
import type { ImageSource } from "../../masks/mask-pixels.ts";
import type { BatchRow } from "./batch-row.ts";

/**
 * Returns the edit of a row as it is sent: with `--crop`, only the surroundings of its mask.
 *
 * @throws CliError, exit code 2, if the image or the mask cannot be read, or nothing is masked.
 */
export async function cropRow({ job, isCropped }: Pick<BatchRow, "job" | "isCropped">): Promise<EditJob> {
  if (!isCropped) return job;
  const { original, mask, others } = imagesOf(job);
  const { cropEdit } = await import("../../masks/crop-edit.ts");
  const label = job.inputs[0]?.label ?? "`image`";
  const { model, size } = job.params;
  const names = { label, maskLabel: "`mask`" };
  const crop = await cropEdit(original, mask, { ...names, model: String(model), size });
  const params = { ...job.params, image: [crop.image, ...others], mask: crop.mask, size: crop.size };
  return { ...job, params, crop: crop.record };
}

/**
 * Returns the edit of a row that was sent by an earlier run, whose images are still to be saved: its crop is where the
 * journal says, not where this version would make it.
 */
export async function jobAsSent(
  row: BatchRow,
  record: Pick<EditRecord, "plan"> | undefined,
): Promise<EditJob> {
  const box = record?.plan?.pasteBack?.box;
  // The bytes of a `data:` URI are not in the journal.
  if (!row.isCropped || box === undefined) return cropRow(row);
  const { original, mask } = imagesOf(row.job);
  return { ...row.job, crop: { original, mask, size: row.job.params["size"], box } };
}

function imagesOf({ params }: EditJob): {
  readonly original: ImageSource;
  readonly mask: ImageSource;
  readonly others: readonly unknown[];
} {
  // `readRow` has made them: a cropped row has a mask, and its first image is not a URL.
  const [original, ...others] = params["image"] as readonly [ImageSource, ...unknown[]];
  return { original, mask: params["mask"] as ImageSource, others };
}
