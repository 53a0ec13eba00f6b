/** Shows a message of the client, whose names stand in `backticks`. */
export function CodeWords({ text }: { text: string }) {
  return text.split("`").map((part, index) => (index % 2 === 1 ? <code key={index}>{part}</code> : part));
}
