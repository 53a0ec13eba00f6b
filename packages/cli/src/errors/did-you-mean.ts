import path from "node:path";

/** Returns the edit distance between two words: insertions, deletions, substitutions and transpositions. */
function distance(a: string, b: string): number {
  let before: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const cost = a[i - 1] === b[j - 1] ? 0 : 1;
      let best = Math.min((last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (last[j - 1] ?? 0) + cost);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        best = Math.min(best, (before[j - 2] ?? 0) + 1);
      }
      row.push(best);
    }
    before = last;
    last = row;
  }
  return last[b.length] ?? 0;
}

/** Finds the word that was probably meant, if one is close enough to suggest. */
export function nearestWord(word: string, words: Iterable<string>): string | undefined {
  let best: string | undefined;
  // A word of one letter is close to every other one.
  let bestDistance = Math.min(word.length, Math.max(1, Math.floor(word.length * 0.4)) + 1);
  for (const candidate of words) {
    // Each missing letter counts, so this needs no look at the letters: a word may be a megabyte long.
    if (Math.abs(word.length - candidate.length) >= bestDistance) continue;
    const found = distance(word.toLowerCase(), candidate.toLowerCase());
    if (found < bestDistance) {
      best = candidate;
      bestDistance = found;
    }
  }
  return best === word ? undefined : best;
}

/**
 * Finds the file that was probably meant. Names are compared without their extensions, which are alike by nature:
 * counted, they would make `a.png` close to `zz.png`.
 */
export function nearestFile(name: string, files: readonly string[]): string | undefined {
  const { name: stem, ext } = path.parse(name);
  const stems = files.map((file) => path.parse(file).name);
  const near = stems.includes(stem) ? stem : nearestWord(stem, stems);
  const found = files.filter((_, at) => stems[at] === near);
  return found.find((file) => path.extname(file) === ext) ?? found[0];
}

/** Returns the suggestion as a sentence to append, or an empty string. */
export function didYouMean(word: string, words: Iterable<string>): string {
  const near = nearestWord(word, words);
  return near === undefined ? "" : ` Did you mean \`${near}\`?`;
}
