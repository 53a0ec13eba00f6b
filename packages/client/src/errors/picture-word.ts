/** Makes the word that stands in an answer's text for the base64 that was taken out of it. */
export function pictureWord(nonce: string, index: number): string {
  return `~${nonce}~${index}~`;
}

/** Replaces such words in a text that is shown: thousands of letters without a space are neither a prompt nor a message. */
export function hidePictureWords(text: string): string {
  return text.replace(/~\w+~\d+~/g, "[data]");
}
