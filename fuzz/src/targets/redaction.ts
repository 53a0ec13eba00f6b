import { createRedactor, createSecretFinder } from "../../../packages/client/src/errors/redactor.ts";
import { check, type Target } from "../engine/target.ts";
import { checkNoKey, key, keySpellings, prompt } from "../oracles/secrets.ts";

const longPrompt = `${prompt} `.repeat(80);

const redact = createRedactor([
  { text: key, minMatch: 8, isToken: true },
  { text: prompt, minMatch: 24 },
]);
const findPrompt = createSecretFinder({ text: longPrompt, minMatch: 24 });
const findKey = createSecretFinder({ text: key, minMatch: 8, isToken: true });
// Their tables are made at the first use, which would count as steps of some input.
for (const use of [redact, findPrompt, findKey]) use(longPrompt);

export const target: Target = {
  name: "redaction",
  covers: [
    "packages/client/src/errors/sanitize-text.ts#createRedactor,replaceRanges,createSecretFinder,unescapeJson,readingsOf,decode,charOf,beginningOf,formsOf,formOf,base64FormsOf,squash,findWindows,placesOf,mergeRanges",
    "packages/client/src/errors/find-long-secret.ts",
  ],
  seeds: [
    `Incorrect API key provided: ${key}.`,
    `the prompt "${prompt}" is not allowed`,
    ...keySpellings,
    JSON.stringify({ key }),
    `${longPrompt.slice(10, 200)}`,
  ],
  dictionary: [
    ...keySpellings,
    prompt,
    "\\u0073",
    "&#x73;",
    "%73",
    "&amp;",
    "\\",
    "*",
    " ",
    "[redacted]",
    "Bearer ",
  ],
  maxBytes: 16_384,
  // A long prompt is compared with each reading of a text, of which there are at most five, however short it is.
  maxSteps: { fixed: 600_000, perByte: 600 },
  run(input) {
    const text = Buffer.from(input).toString("utf8");
    const shown = redact(text);
    checkNoKey(shown, "a text");
    check(!shown.includes(prompt.slice(0, 40)), "no prompt in a text");

    for (const ranges of [findPrompt(text), findKey(text)]) {
      let end = 0;
      for (const range of ranges) {
        check(
          range.start >= end && range.end > range.start && range.end <= text.length,
          "ranges are in order and inside",
          () => JSON.stringify(ranges),
        );
        end = range.end;
      }
    }
    check(
      findPrompt(text).length > 0 || !text.includes(longPrompt.slice(30, 60)),
      "a part of a long prompt is found",
    );
  },
};
