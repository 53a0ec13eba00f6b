import { Buffer } from "node:buffer";
import type { FileImage } from "@retouch/client/node";
import type { Warning } from "../errors/error-details.ts";
import { mayComeLater } from "../errors/post-send-errors.ts";
import type { System } from "../journal/system.ts";
import type { PastedImage } from "../masks/paste-back.ts";
import { withFreeNumber } from "../output/free-number.ts";
import {
  extensionFor,
  type OutputPattern,
  outputPath,
  stdoutOverflowPattern,
} from "../output/output-pattern.ts";
import { moveIfFree, writeOutput } from "../output/write-output.ts";
import type { EditJob } from "./edit-job.ts";
import type { SavedImage } from "./edit-report.ts";

/** Result of saving the images of a response. */
export interface SaveReport {
  /** In the server's order; undefined if an image could not be written. */
  readonly images: readonly (SavedImage | undefined)[];
  readonly warnings: readonly Warning[];
  /** URLs that could not be downloaded. */
  readonly urls: readonly string[];
  /** The failure of an image that may come later, or else the first one; the other images were written anyway. */
  readonly error?: unknown;
}

/** Receiver of image bytes that do not go to a file. */
export type ImageSink = (bytes: Uint8Array) => Promise<void>;

/** The names of an edit's images, and whether their number was chosen just now. */
interface SettledPattern {
  readonly pattern: OutputPattern | undefined;
  readonly isNew: boolean;
}

type SaveJob = Pick<EditJob, "output" | "count" | "force" | "pasteBack" | "crop"> & {
  /** The first image and the mask, for `pasteBack`. */
  readonly original?: string | Uint8Array | undefined;
  readonly mask?: string | Uint8Array | undefined;
  /** Whether `output_format` is `jpeg`; so does an output that ends in `.jpg`. */
  readonly asksForJpeg?: boolean | undefined;
  /**
   * Whether a default name gets its number when the first image is placed. `recover` keeps the planned one, because the
   * edit may have been killed right after it placed the same image there.
   */
  readonly renumber?: boolean | undefined;
  /** Paths that an earlier attempt wrote, by index. */
  readonly written?: readonly (string | null)[] | undefined;
  /** Aborts the download of a URL that does not respond. */
  readonly signal?: AbortSignal | undefined;
};

/** Writes the images of a response one after the other; a failure does not stop the rest. */
export async function saveImages(
  received: readonly FileImage[],
  given: SaveJob,
  sink: ImageSink,
  system: System,
): Promise<SaveReport> {
  let job = given;
  const isPlaced = received.some((image, index) => (job.written?.[index] ?? image.path) !== undefined);
  let isNumbered = given.renumber !== true || job.output?.firstNumber === undefined || isPlaced;
  /** Returns the pattern right before an image is placed: another edit may have taken the planned number. */
  const settleNumber = (): SettledPattern => {
    const isNew = !isNumbered && job.output !== undefined;
    if (isNew && job.output !== undefined)
      job = { ...job, output: withFreeNumber(job.output, job.count, system.files) };
    return { pattern: job.output, isNew };
  };
  const images: (SavedImage | undefined)[] = [];
  const warnings: Warning[] = [];
  const urls: string[] = [];
  let failure: { error: unknown } | undefined;
  // All images are written, even more than requested; fewer keep the planned names.
  const count = Math.max(job.count, received.length);
  for (const [index, image] of received.entries()) {
    let fetched = false;
    const before = job.written?.[index] ?? image.path;
    if (typeof before === "string") {
      const { width, height, mediaType, revisedPrompt } = image;
      images.push({ path: before, width, height, mediaType, revisedPrompt });
      continue;
    }
    try {
      const bytes = await image.bytes({ signal: job.signal });
      fetched = true;
      const pasted = await paste(bytes, job, index, warnings);
      images.push(
        await save(
          pasted?.bytes ?? bytes,
          pasted === undefined ? image : { ...pasted, revisedPrompt: image.revisedPrompt },
          { index, count, settleNumber },
          job,
          sink,
          system,
        ),
      );
      isNumbered = true;
    } catch (error) {
      if (!fetched && image.url !== undefined) urls.push(image.url);
      // An image that may come later decides: the response is still needed.
      if (failure === undefined || (!mayComeLater(failure.error) && mayComeLater(error))) failure = { error };
      images.push(undefined);
    }
  }
  if (failure === undefined) await renameFirst(images, job, system);
  return { images, warnings, urls, ...(failure === undefined ? {} : { error: failure.error }) };
}

/**
 * Numbers the first image if more arrived than requested, which was unknown when it was written. A file with the
 * extension that the user wrote keeps its name.
 */
async function renameFirst(
  images: (SavedImage | undefined)[],
  { output, count }: Pick<SaveJob, "output" | "count">,
  system: System,
): Promise<void> {
  const [first] = images;
  if (first === undefined || images.length <= count) return;
  if (output === undefined || output.askedExtension !== undefined) return;
  const extension = extensionFor(first.mediaType);
  if (first.path !== outputPath(output, { index: 0, count, extension })) return;
  const target = outputPath(output, { index: 0, count: images.length, extension });
  if (target !== first.path) images[0] = { ...first, path: await moveIfFree(first.path, target, system) };
}

async function paste(
  bytes: Uint8Array,
  { pasteBack, original, mask, crop, output, asksForJpeg }: SaveJob,
  index: number,
  warnings: Warning[],
): Promise<PastedImage | undefined> {
  if (!pasteBack || original === undefined || mask === undefined) return undefined;
  try {
    const module = await import("../masks/paste-back.ts");
    const asJpeg = asksForJpeg === true || /^jpe?g$/i.test(output?.askedExtension ?? "");
    const pasted = await module.pasteBack(original, mask, bytes, { box: crop?.box, asJpeg });
    if (pasted !== undefined) return pasted;
    warnings.push({
      field: `image[${index}]`,
      code: "aspect_ratio_mismatch",
      message:
        crop === undefined
          ? "The aspect ratio of the image differs from the first input, so nothing was pasted back. Use `--size match-input`, or `--crop`."
          : "The aspect ratio of the image differs from the part that was sent, so nothing was pasted back: the image shows that part only.",
    });
  } catch (error) {
    // The image was billed, so it is written unchanged.
    warnings.push({
      field: `image[${index}]`,
      code: "paste_back_failed",
      message: `Nothing was pasted back: ${(error as Error).message}.`,
    });
  }
  return undefined;
}

async function save(
  bytes: Uint8Array,
  image: Omit<SavedImage, "path">,
  { settleNumber, ...place }: { index: number; count: number; settleNumber: () => SettledPattern },
  { output, force }: SaveJob,
  sink: ImageSink,
  system: System,
): Promise<SavedImage> {
  const { mediaType, width, height, revisedPrompt, drift } = image;
  const info = { width, height, mediaType, revisedPrompt, drift };
  if (output === undefined && place.index === 0) {
    await sink(bytes);
    return { path: "-", ...info };
  }
  const extension = extensionFor(mediaType, output?.askedExtension);
  const pathIn = (pattern = stdoutOverflowPattern(system.workingDirectory)) =>
    outputPath(pattern, { ...place, extension });
  const chunks = [Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)];
  const placeAs = () => {
    const { pattern, isNew } = settleNumber();
    return { path: pathIn(pattern), isNew };
  };
  return { path: await writeOutput(pathIn(output), chunks, { force, placeAs }, system), ...info };
}
