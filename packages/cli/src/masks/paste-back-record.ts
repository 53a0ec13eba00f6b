import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { readFile } from "node:fs/promises";
import path from "node:path";
import type { PixelBox } from "@retouch/client/composite";
import type { EditJob } from "../edit/edit-job.ts";
import { attemptOf, responsesOf } from "../journal/responses.ts";
import type { System } from "../journal/system.ts";

/** Data that `retouch recover` needs to finish an interrupted `--paste-back`. */
export interface PasteBackRecord {
  readonly image: string;
  /** Hash of the image, because pixels of a changed file must not be pasted. */
  readonly imageSha256: string;
  /** Path of a copy of the mask beside the response. */
  readonly mask: string;
  /** The part of the image that was sent, with `--crop`. */
  readonly box?: PixelBox | undefined;
  /** Whether a JPEG was asked for. */
  readonly asJpeg?: true | undefined;
}

/** Returns the path of the mask copy that belongs to the attempt of a response. */
export function maskCopy(responseFile: string): string {
  return path.join(path.dirname(responseFile), `${attemptOf(responseFile)}.mask`);
}

/** Stores the data for paste-back. Returns undefined without `--paste-back`, and for an image from stdin. */
export async function recordPasteBack(
  { pasteBack, params, crop }: Pick<EditJob, "pasteBack" | "params" | "crop">,
  responseFile: string,
  { files }: Pick<System, "files">,
): Promise<PasteBackRecord | undefined> {
  if (!pasteBack) return undefined;
  const given = crop?.original ?? params["image"];
  const image: unknown = Array.isArray(given) ? given[0] : given;
  const mask = crop?.mask ?? params["mask"];
  if (typeof image !== "string") return undefined;
  if (typeof mask !== "string" && !(mask instanceof Uint8Array)) return undefined;
  const copy = maskCopy(responseFile);
  await files.writeFile(copy, typeof mask === "string" ? await readFile(mask) : mask, { mode: 0o600 });
  const asJpeg = params["output_format"] === "jpeg" ? true : undefined;
  return { image, imageSha256: await fileSha256(image), mask: copy, box: crop?.box, asJpeg };
}

/** Returns whether the recorded files still exist, unchanged. */
export async function canPasteBack(
  { image, imageSha256, mask }: PasteBackRecord,
  { files }: Pick<System, "files">,
): Promise<boolean> {
  try {
    await files.stat(mask);
    return (await fileSha256(image)) === imageSha256;
  } catch {
    // An unreadable file cannot be pasted; the caller warns.
    return false;
  }
}

/** Removes the mask copy of an attempt. */
export async function removeMask(responseFile: string, { files }: Pick<System, "files">): Promise<void> {
  await files.unlink(maskCopy(responseFile)).catch(() => undefined);
}

/** Removes every file of an attempt whose images are in place. */
export async function removeAttempt(responseFile: string, system: Pick<System, "files">): Promise<void> {
  const files = await responsesOf(responseFile, system).catch(() => []);
  for (const file of files) await removeResponse(file, system);
}

/** Removes a response that is no longer needed, and the mask copy beside it unless a poll of the same task will need that. */
export async function removeResponse(
  responseFile: string,
  { files }: Pick<System, "files">,
  keepsMask = false,
): Promise<void> {
  for (const file of keepsMask ? [responseFile] : [responseFile, maskCopy(responseFile)]) {
    // Not `rm`, which calls `lstat` first. A failed removal must not fail a billed edit.
    await files.unlink(file).catch(() => undefined);
  }
}

async function fileSha256(file: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(file)) hash.update(chunk as Uint8Array);
  return hash.digest("hex");
}
