/** Replaces runs of white space by one space: line breaks in prose change nothing. */
export const squeeze = (text: string): string => text.replace(/\s+/g, " ").trim();

const abbreviation = /(?:^|[\s(])(?:e\.g|i\.e|etc|vs|cf|approx|incl|max|min|no)\.$/i;

/** Splits prose into sentences, without their last full stop. A full stop inside a word or a number ends none. */
export function splitSentences(prose: string): string[] {
  const sentences: string[] = [];
  for (const part of squeeze(prose).split(/(?<=[.!?]["”)]?) /)) {
    const last = sentences.at(-1);
    if (last !== undefined && abbreviation.test(last)) sentences[sentences.length - 1] = `${last} ${part}`;
    else if (part !== "") sentences.push(part);
  }
  return sentences.map((sentence) => sentence.replace(/\.$/, ""));
}
