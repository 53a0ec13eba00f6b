/** Cuts a description after its first sentence; a dot inside a name or a number ends none. */
export function firstSentence(description: string): string {
  const text = description.replace(/\s+/g, " ").trim();
  return /^.*?[.!?](?=\s+[A-Z"]|$)/.exec(text)?.[0] ?? text;
}
