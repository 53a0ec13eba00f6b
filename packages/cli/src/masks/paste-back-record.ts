import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { readFile, stat, unlink, writeFile } from "node:fs/promises";
import type { EditJob } from "../edit/edit-job.ts";

/** What an interrupted `--paste-back` needs to be done later, by `retouch recover`. */
export interface PasteBackRecord {
  readonly image: string;
  /** Pixels of a picture that was changed meanwhile are never pasted. */
  readonly imageSha256: string;
  /** A copy of the mask beside the answer. */
  readonly mask: string;
}

/** Names the copy of a mask that belongs to a kept answer. */
function maskCopy(responseFile: string): string {
  return `${responseFile}.mask`;
}

/** Keeps what paste-back needs; undefined without `--paste-back`, and for a picture that came by stdin. */
export async function recordPasteBack(
  { pasteBack, params }: Pick<EditJob, "pasteBack" | "params">,
  responseFile: string,
): Promise<PasteBackRecord | undefined> {
  if (!pasteBack) return undefined;
  const given = params["image"];
  const image: unknown = Array.isArray(given) ? given[0] : given;
  const mask = params["mask"];
  if (typeof image !== "string") return undefined;
  if (typeof mask !== "string" && !(mask instanceof Uint8Array)) return undefined;
  const copy = maskCopy(responseFile);
  await writeFile(copy, typeof mask === "string" ? await readFile(mask) : mask, { mode: 0o600 });
  return { image, imageSha256: await fileSha256(image), mask: copy };
}

/** Tells whether what was recorded is still there, unchanged. */
export async function canPasteBack({ image, imageSha256, mask }: PasteBackRecord): Promise<boolean> {
  try {
    await stat(mask);
    return (await fileSha256(image)) === imageSha256;
  } catch {
    // What can not be read can not be pasted; the caller says so.
    return false;
  }
}

/** Removes an answer that is of no more use, and what was kept beside it. */
export async function removeResponse(responseFile: string): Promise<void> {
  for (const file of [responseFile, maskCopy(responseFile)]) {
    // Not `rm`, which looks at the file first. What can not be removed is no reason to fail what was paid for.
    await unlink(file).catch(() => undefined);
  }
}

async function fileSha256(file: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const piece of createReadStream(file)) hash.update(piece as Uint8Array);
  return hash.digest("hex");
}
