/** Joins the sentences of a message that apply. */
export function joinSentences(...sentences: readonly (string | false | undefined)[]): string {
  return sentences.filter(Boolean).join(" ");
}
