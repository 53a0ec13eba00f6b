import path from "node:path";
import type { Files } from "../journal/system.ts";
import { type OutputPattern, possiblePaths } from "./output-pattern.ts";

/** Compares names as file systems do that ignore case, or decompose letters. */
function normalize(name: string): string {
  return name.normalize("NFC").toLowerCase();
}

function namesIn(directory: string, files: Pick<Files, "readdirSync">): ReadonlySet<string> {
  try {
    return new Set(files.readdirSync(directory).map(normalize));
  } catch {
    // Missing, or unreadable, which the write probe reports.
    return new Set();
  }
}

/**
 * Returns the pattern with the first number from which on the names of all images are free, in every format. It is
 * synchronous, so that nothing happens between this look and the rename of the first image.
 */
export function withFreeNumber(
  pattern: OutputPattern,
  count: number,
  files: Pick<Files, "readdirSync">,
): OutputPattern {
  const names = namesIn(path.dirname(possiblePaths(pattern, 1)[0] ?? ""), files);
  for (let firstNumber = 1; ; firstNumber++) {
    const numbered = { ...pattern, firstNumber };
    const isFree = possiblePaths(numbered, count).every((file) => !names.has(normalize(path.basename(file))));
    if (isFree) return numbered;
  }
}
