import { squeeze } from "../../quotes/sentences.ts";

/** Words that change what a sentence allows. */
const limiting = new RegExp(
  `^(?:${[
    "not|no|never|none|cannot|can't|don't|doesn't|won't|only|unsupported|deprecated|removed|retired|unlimited",
    "except|unless|without|least|most|maximum|minimum|max|min|more|less|fewer|png|webp|jpe?g|gif|svg|heic|avif|bmp",
    "tiff?|pdf|url|base64|bytes|[kmg]i?b|square|transparent|seconds?|minutes?|hours?|days?|two|three|four|five|six",
    "seven|eight|nine|ten|twelve|twenty|hundred|thousand|million|half|double",
  ].join("|")})$`,
  "i",
);

/**
 * Returns the words of a text that can state a fact: those with a digit, quoted ones, names of models, values and limits.
 * Two texts with the same words, in the same order, differ in style.
 */
export function significantWords(text: string, known: ReadonlySet<string>): string[] {
  const squeezed = squeeze(text);
  const quoted = [...squeezed.matchAll(/["“`]([^"”`]+)["”`]/g)].map(([, value = ""]) => value);
  const words = squeezed
    .split(/[^\p{L}\p{N}_.:/%+-]+/u)
    .map((word) => word.replaceAll(/^[.:/-]+|[.:/-]+$/g, ""));
  const isSignificant = (word: string) =>
    /\p{N}/u.test(word) || known.has(word) || known.has(word.toLowerCase()) || limiting.test(word);
  return [...words.filter(isSignificant), ...quoted.map((value) => `"${value}"`)];
}
