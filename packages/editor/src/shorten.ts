/** The longest text in the name of a button, and in an announcement of a screen reader. */
const maxLength = 120;

/** Returns the beginning of a text, for a name: prompts may have tens of thousands of characters. */
export function shorten(text: string): string {
  const characters = [...text.slice(0, 4 * maxLength)]; // an emoji is not cut in two
  return characters.length <= maxLength && text.length <= 4 * maxLength
    ? text
    : `${characters.slice(0, maxLength).join("").trimEnd()}…`;
}
