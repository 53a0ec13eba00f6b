/** What the client says to programmers, and how a user of the command line says it. */
const words: readonly (readonly [RegExp, string])[] = [
  [/: look at the answer with `error\.rawBody\(\)` before sending it again\./g, "."],
  [/ Pictures that arrived whole are in `error\.images`: \d+\./g, ""],
  [/, and its address stays on `image\.url`\./g, "."],
  [/`apiKey`/g, "the key"],
  [/`baseUrl`/g, "`--base-url`"],
  [/`timeoutMs`/g, "`--timeout`"],
  [/`allowInsecureHttp`/g, "`--insecure-http`"],
];

/** Puts a message of the client into the words of the command line. */
export function cliWords(message: string): string {
  return words.reduce((text, [programmer, user]) => text.replace(programmer, user), message);
}
