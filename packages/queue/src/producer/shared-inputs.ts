import path from "node:path";
import { inputNames, isCsv, readManifest, readRowAt, type System } from "@retouch/cli/journal";
import type { Storage } from "../storage/storage.ts";

/** Lines whose inputs the workers cannot find. */
export interface OutsideInputs {
  readonly count: number;
  readonly first: readonly { readonly line: number; readonly message: string }[];
}

/** Lines that are listed; the others are counted. */
const listedLines = 100;

/**
 * Finds rows with inputs that are not below the shared folder by names relative to the manifest: on another machine, they
 * would be other files, or none.
 */
export async function findOutsideInputs(
  manifest: string,
  root: string,
  { files }: Pick<System, "files">,
): Promise<OutsideInputs> {
  const directory = path.dirname(path.resolve(manifest));
  const first: { line: number; message: string }[] = [];
  let count = 0;
  await readManifest(
    manifest,
    (raw) => {
      if ("message" in raw) return;
      const name = inputNames(raw, isCsv(manifest)).find((given) => isOutside(given, directory, root));
      if (name === undefined) return;
      count++;
      const message = `${name} is not below ${root} by a path relative to the manifest, so other machines do not find it.`;
      if (first.length < listedLines) first.push({ line: raw.line, message });
    },
    files,
  );
  return { count, first };
}

function isOutside(name: string, directory: string, root: string): boolean {
  if (path.isAbsolute(name)) return true;
  const relative = path.relative(root, path.resolve(directory, name));
  return relative === ".." || relative.startsWith(`..${path.sep}`) || path.isAbsolute(relative);
}

/** Creates a function that puts the inputs of a row into a storage, each once. What is there already may not differ. */
export function createInputUpload(
  manifest: string,
  storage: Storage,
  { files }: Pick<System, "files">,
): (place: Parameters<typeof readRowAt>[1]) => Promise<void> {
  const directory = path.dirname(path.resolve(manifest));
  const uploads = new Map<string, Promise<void>>();
  return async (place) => {
    const raw = await readRowAt(manifest, place, files);
    if ("message" in raw) return;
    for (const name of inputNames(raw, isCsv(manifest))) {
      const stored = path.normalize(name).split(path.sep).join("/");
      const upload =
        uploads.get(stored) ?? storage.put(stored, path.resolve(directory, name), { force: false });
      uploads.set(stored, upload);
      await upload;
    }
  };
}
