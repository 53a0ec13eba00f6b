/** A message of the client, with its names in `backticks` shown as code. */
export function MessageText({ text }: { text: string }) {
  return text.split("`").map((part, index) => (index % 2 === 1 ? <code key={index}>{part}</code> : part));
}
