import { isInvalidInputError, type Problem } from "../errors/errors.ts";
import { throwImportError } from "../errors/import-error.ts";
import { toShownName } from "../errors/shown-value.ts";
import { fileFields } from "../generated/limits.gen.ts";
import { type ByteSource, openByteSource } from "../media/byte-source.ts";
import type { MaskInfo } from "../media/image-info.ts";
import { type ImageReference, readReference } from "../media/image-reference.ts";
import { inspectImage } from "../media/inspect-image.ts";
import type { Platform } from "../platform.ts";
import { isFile } from "./check-field.ts";
import type { CheckedImage, EditInputs, FileInfo } from "./check-images.ts";

/** An input that is open, with the facts in its headers. */
interface OpenedFile {
  readonly field: string;
  readonly source: ByteSource;
  readonly info: CheckedImage;
  readonly reference?: undefined;
}

/** An input that is open, or that only the server can open. */
export type OpenedInput =
  | OpenedFile
  | {
      readonly field: string;
      readonly reference: ImageReference;
      readonly source?: undefined;
      readonly info?: undefined;
    };

/** The inputs of one edit. */
export interface OpenedInputs {
  readonly images: readonly OpenedInput[];
  readonly mask: OpenedInput | undefined;
  /** The files of other fields by the names of their parts, those of `extra` among them. */
  readonly files: readonly (readonly [name: string, file: OpenedFile])[];
  readonly inputs: EditInputs;
}

/**
 * Opens every image and reads its headers; the mask's pixels too, with code that is loaded only for a mask. An image
 * that cannot be opened becomes a problem, so that one report names them all.
 *
 * @param opened receives each source as soon as it is open; the caller closes them, however this ends
 */
export async function openInputs(
  params: Readonly<Record<string, unknown>>,
  { openInput = openByteSource }: Pick<Platform, "openInput">,
  signal: AbortSignal,
  opened: ByteSource[],
): Promise<OpenedInputs> {
  const given = params["image"];
  // A hole in the array counts as a missing image; it is not skipped.
  const inputs = Array.isArray(given) ? [...given] : given === undefined || given === null ? [] : [given];
  const unreadable: Problem[] = [];
  const open = async (input: unknown, field: string): Promise<OpenedFile | undefined> => {
    try {
      const source = await openInput(input as never, field, signal);
      opened.push(source);
      if (signal.aborted) {
        // The caller has stopped waiting, and has closed only what was open by then.
        await source.close?.();
        throw signal.reason;
      }
      const inputs = await inspectImage(source);
      return { field, source, info: { ...inputs, field, byteLength: source.byteLength } };
    } catch (error) {
      if (!isInvalidInputError(error)) throw error;
      unreadable.push(...error.problems);
      return undefined;
    }
  };
  const openOrRefer = async (input: unknown, field: string): Promise<OpenedInput | undefined> => {
    try {
      const reference = readReference(input, field);
      return reference ? { field, reference } : await open(input, field);
    } catch (error) {
      if (!isInvalidInputError(error)) throw error;
      unreadable.push(...error.problems);
      return undefined;
    }
  };
  const maskInput = params["mask"];
  const opening = inputs.map((input, at) =>
    openOrRefer(input, inputs.length === 1 ? "image" : `image[${at}]`),
  );
  const openingMask = isGiven(maskInput) ? [openOrRefer(maskInput, "mask")] : [];
  const openingOthers: Promise<readonly [string, OpenedFile | undefined]>[] = [];
  const openOther = async (name: string, field: string, input: unknown) =>
    [name, await open(input, field)] as const;
  for (const name of otherFileFields)
    if (isGiven(params[name])) openingOthers.push(openOther(name, name, params[name]));
  for (const [name, input] of Object.entries(params["extra"] ?? {}))
    if (otherFileFields.includes(name) ? isGiven(input) : isFile(input))
      openingOthers.push(openOther(name, `extra.${toShownName(name)}`, input));
  const all = [...opening, ...openingMask, ...openingOthers];
  // All of them, also when one fails: what opens later would stay open.
  if (all.length > 1) await Promise.allSettled(all);
  const images: (OpenedInput | undefined)[] = [];
  for (const image of opening) images.push(await image);
  const mask = await openingMask[0];
  const files = (await Promise.all(openingOthers)).flatMap(([name, file]) =>
    file ? [[name, file] as const] : [],
  );
  const known: [string, FileInfo][] = [];
  for (const [name, { source, info }] of files) {
    if (otherFileFields.includes(name)) known.push([name, { ...info, alpha: await readAlpha(source, info) }]);
  }
  const found = images.filter((image) => image !== undefined);
  return {
    images: found,
    mask,
    files,
    inputs: {
      images: found.flatMap(({ info }) => info ?? []),
      isFirstUnknown: images[0]?.source === undefined,
      imageCount: inputs.length,
      mask: mask?.info,
      alpha: mask?.source && (await readAlpha(mask.source, mask.info)),
      files: Object.fromEntries(known),
      unreadable,
    },
  };
}

const otherFileFields = fileFields.filter((name) => name !== "mask");

function isGiven(input: unknown): boolean {
  return input !== undefined && input !== null;
}

async function readAlpha(
  source: ByteSource,
  { format, problem }: CheckedImage,
): Promise<MaskInfo | undefined> {
  if (format !== "png" || problem !== undefined) return undefined;
  const { inspectMask } = await import("../media/inspect-mask.ts").catch(throwImportError);
  return inspectMask(source);
}

/** Closes the sources of a call, each once. One that fails to close was read already: the edit does not fail for it. */
export async function closeAll(opened: ByteSource[]): Promise<void> {
  const closing = opened.splice(0).filter((source) => source.close);
  if (closing.length > 0) await Promise.allSettled(closing.map(async (source) => source.close?.()));
}
