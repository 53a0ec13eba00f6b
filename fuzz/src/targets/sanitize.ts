import { sanitizeText as forTerminal, toSafeJson } from "../../../packages/cli/src/terminal/sanitize-text.ts";
import { sanitizeText } from "../../../packages/client/src/errors/sanitize-text.ts";
import { check, type Target } from "../engine/target.ts";
import { checkPrintable } from "../oracles/secrets.ts";

/** What a terminal interprets. */
const terminalControls =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/;

export const target: Target = {
  name: "sanitize",
  covers: [
    "packages/client/src/errors/sanitize-text.ts#sanitizeText,hideData,isSpace,hidePlaceholders",
    "packages/cli/src/terminal/sanitize-text.ts",
  ],
  seeds: [
    "a \u001b[31mred\u001b[0m \u001b]0;title\u0007 b",
    "https://x.test/?a=b  c\u202ed\n\n e ~abc~1~",
    "\u009b2J\u0090x\u009c \ud83d\ude00 é",
    "<b>",
    `${"x".repeat(130)} y`,
  ],
  dictionary: [
    "\u001b[",
    "\u001b]",
    "\u0007",
    "\u001b\\",
    "\u009b",
    "\u009c",
    "\u202e",
    "\u200b",
    "\u2028",
    "\ufeff",
    "://",
    "data:a",
    "?a=",
    "<a",
    "   ",
    "\t",
    "\n",
    "\r",
    "~a~1~",
    "\ud83d\ude00",
  ],
  maxBytes: 65_536,
  maxSteps: { fixed: 100_000, perByte: 12 },
  run(input) {
    const text = Buffer.from(input).toString("utf8");
    const shown = sanitizeText(text);
    if (shown !== undefined) {
      checkPrintable(shown, "a message");
      check([...shown].length <= 300, "a message is cut");
      check(!/:\/\/|\s\s|^\s|\s$/.test(shown), "a message has no URL, and single spaces", () =>
        JSON.stringify(shown),
      );
      check(sanitizeText(shown) === shown, "a message is clean after one pass", () =>
        JSON.stringify([shown, sanitizeText(shown)]),
      );
    }
    const line = forTerminal(text);
    check(!terminalControls.test(line), "no control character on a terminal", () => JSON.stringify(line));
    check(forTerminal(line) === line, "a line is clean after one pass", () =>
      JSON.stringify(line.slice(0, 300)),
    );
    const json = toSafeJson({ text });
    check(!terminalControls.test(json), "no control character in JSON");
    check((JSON.parse(json) as { text: string }).text === text, "JSON is read again");
  },
};
