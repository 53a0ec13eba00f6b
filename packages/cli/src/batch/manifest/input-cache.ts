import type { HashFile } from "../../journal/request-key.ts";
import type { Files } from "../../journal/system.ts";

/** What is known of an input file. */
interface InputFile {
  /** Why it cannot be sent. */
  readonly problem?: string | undefined;
  readonly sha256: string;
}

/** Looks at input files, at equal ones only once. */
export type LookAtInput = (file: string) => Promise<InputFile>;

/** The files that are remembered; a manifest with more has them in order as a rule. */
const maxKnown = 10_000;

/** Creates a bounded cache: the oldest entry is dropped first. */
export function createCache<Value>(max: number): {
  get(key: string): Value | undefined;
  set(key: string, value: Value): Value;
} {
  const known = new Map<string, Value>();
  return {
    get: (key) => known.get(key),
    set(key, value) {
      if (known.size >= max) {
        const [oldest] = known.keys();
        if (oldest !== undefined) known.delete(oldest);
      }
      known.set(key, value);
      return value;
    },
  };
}

/** Creates a function that looks at each input once in a run. */
export function createInputCache(hashOf: HashFile, files: Pick<Files, "stat">): LookAtInput {
  const known = createCache<Promise<InputFile>>(maxKnown);
  return (file) => known.get(file) ?? known.set(file, lookAt(file, hashOf, files));
}

async function lookAt(file: string, hashOf: HashFile, files: Pick<Files, "stat">): Promise<InputFile> {
  const found = await files.stat(file).catch((error: NodeJS.ErrnoException) => error.code ?? "unreadable");
  const fail = (problem: string): InputFile => ({ problem, sha256: "" });
  if (found === "ENOENT" || found === "ENOTDIR") return fail(`${file} does not exist.`);
  if (typeof found === "string") return fail(`${file} cannot be read: ${found}.`);
  if (!found.isFile()) return fail(`${file} is not a file.`);
  try {
    return { sha256: await hashOf(file) };
  } catch (error) {
    return fail(`${file} cannot be read: ${(error as NodeJS.ErrnoException).code ?? "unreadable"}.`);
  }
}
