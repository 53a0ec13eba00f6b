import { squeeze } from "../../quotes/sentences.ts";

/** Words that change what a sentence allows. */
const limiting = new RegExp(
  `^(?:${[
    "not|no|never|none|cannot|can't|don't|doesn't|won't|only|unsupported|deprecated|removed|retired|unlimited",
    "except|unless|without|least|most|maximum|minimum|max|min|more|less|fewer|png|webp|jpe?g|gif|svg|heic|avif|bmp",
    "tiff?|pdf|url|base64|bytes|[kmg]i?b|square|transparent|seconds?|minutes?|hours?|days?|two|three|four|five|six",
    "seven|eight|nine|ten|eleven|twelve|[a-z]+teen|(?:twen|thir|for|fif|six|seven|eigh|nine)ty|dozens?|hundreds?|thousands?",
    "millions?|billions?|half|third|quarter|single|once|twice|double|triple|several|first|second|last",
    "always|exactly|ignore[sd]?|mandatory|optional|forbidden|prohibited|disallowed|disabled|unavailable|discontinued|obsolete",
    "reject(?:s|ed)?|refuse[sd]?|fails?|error|limited|restricted|preview|beta|instead|until|free|bill(?:s|ed)|charge[sd]?|costs?",
    "characters?|tokens?|pixels?|px|words?|percent|larger?|smaller|longer|shorter|higher|lower|exceeds?",
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
  // Only English is read here, so that any word in another script may state a fact.
  const isSignificant = (word: string) =>
    /\p{N}/u.test(word) ||
    /(?!\p{Script=Latin})\p{L}/u.test(word) ||
    known.has(word) ||
    known.has(word.toLowerCase()) ||
    limiting.test(word);
  return [...words.filter(isSignificant), ...quoted.map((value) => `"${value}"`)];
}
