import { type FileImage, isRetouchError, type Problem } from "@retouch/client/node";
import { withOutcome } from "../errors/post-send-errors.ts";
import type { EditJob } from "./edit-job.ts";
import type { EditReport } from "./edit-report.ts";
import { recordFailure, type SaveContext, saveResult } from "./save-result.ts";

type RescueJob = Parameters<typeof saveResult>[1];

/**
 * Saves the images that arrived completely in a response that cannot be used, and closes its record: what was billed is
 * here, and nothing has to be sent again. Resolves with undefined if there is no such image.
 */
export async function saveRescued(
  error: unknown,
  job: RescueJob,
  context: SaveContext,
  written: readonly (string | null)[] = [],
): Promise<EditReport | undefined> {
  const images = rescuedImages(error, job);
  if (images.length === 0 || !isRetouchError(error)) return undefined;
  const isWhole = images.length >= job.count;
  const kept = isWhole ? undefined : await setAside(context);
  const warnings = isWhole ? [] : [fewerImages(job.count, images.length, kept)];
  const result = { images, warnings, requestId: error.requestId };
  const report = await saveResult(result, job, { ...context, isRescued: true }, written).catch(
    (cause: unknown) =>
      // A full disk ends this edit only: the others of a run go on, and its response is still in place.
      recordFailure(withOutcome(cause, true), { images: [], warnings, urls: [] }, context),
  );
  if (report.failure !== undefined) {
    // The response itself is still in place for `recover`.
    if (kept !== undefined) await context.system.files.rm(kept, { force: true });
    return report;
  }
  const message = "The response is broken, but its images were saved from it. Nothing has to be sent again.";
  const note = { field: "image", code: "rescued_images", message };
  return { ...report, isRescued: true, warnings: [...report.warnings, note] };
}

/** Returns the complete images of an error. The partial images of a stream have no file, and are not results. */
function rescuedImages(error: unknown, { output, pasteBack, params }: RescueJob): readonly FileImage[] {
  if (!isRetouchError(error) || error.outcome !== "unknown" || error.code === "write_failed") return [];
  if (params?.["stream"] !== true) return error.images;
  if (output === undefined || pasteBack) return [];
  return error.images.filter((image: FileImage) => image.path !== undefined || image.url !== undefined);
}

/**
 * Keeps a response that has more than its images, such as half of another one, under a second name: the first is removed
 * once the images are saved. Resolves with its path.
 */
async function setAside(context: SaveContext): Promise<string | undefined> {
  const { responseFile, system } = context;
  const { files } = system;
  // Of its own: another process may have saved the same response, and says where it kept it.
  const aside = `${responseFile}.${system.randomHex(8)}.broken`;
  try {
    await files.link(responseFile, aside).catch(() => files.copyFile(responseFile, aside));
    return aside;
  } catch {
    // It could not be stored in the first place.
    return undefined;
  }
}

function fewerImages(count: EditJob["count"], received: number, kept: string | undefined): Problem {
  const place = kept === undefined ? "" : ` The raw response is in ${kept}.`;
  const message = `\`n\` is ${count} but only ${received} complete image(s) arrived.${place}`;
  return { severity: "warning", field: "n", code: "fewer_images", message };
}
