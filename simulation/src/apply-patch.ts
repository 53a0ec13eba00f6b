/** A change of one source file. */
export interface Patch {
  /** Path of the file in the repository. */
  readonly file: string;
  apply(source: string): string;
}

/**
 * Parses a unified diff of one file. Its lines are found by their text, because line numbers change with every other
 * change of the file.
 *
 * @throws Error, when applied, if the text is not there exactly once: the patch must be written anew.
 */
export function parsePatch(text: string): Patch {
  const file = /^--- a\/(.*)$/m.exec(text)?.[1];
  if (file === undefined) throw new Error("A patch names its file in a line that begins with `--- a/`.");
  const hunks = text.split(/^@@.*\n/m).slice(1);
  return {
    file,
    apply: (source) => hunks.reduce((patched, hunk) => applyHunk(patched, hunk, file), source),
  };
}

function applyHunk(source: string, hunk: string, file: string): string {
  const lines = hunk.split("\n").filter((line) => line !== "");
  const pick = (sign: string) =>
    lines.flatMap((line) => (/[ ]/.test(line[0] ?? "") || line[0] === sign ? [line.slice(1)] : []));
  const [before, after] = [pick("-").join("\n"), pick("+").join("\n")];
  const parts = source.split(before);
  if (parts.length !== 2)
    throw new Error(`A patch of ${file} matches ${parts.length - 1} places instead of one:\n${before}`);
  return parts.join(after);
}
