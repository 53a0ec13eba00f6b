import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect, it } from "vitest";
import { inputs } from "../../../contract/src/errors/provoke-inputs.ts";
import { network } from "../../../contract/src/errors/provoke-network.ts";
import { proxy } from "../../../contract/src/errors/provoke-proxy.ts";
import { responses } from "../../../contract/src/errors/provoke-responses.ts";
import { session } from "../../../contract/src/errors/provoke-session.ts";
import { siteRoot } from "../src/pages.ts";

// The messages on the page of error codes: each code is provoked, and has to say what the page shows.
// `RETOUCH_WRITE_CAPTURES=1` writes them instead.

const file = path.join(siteRoot, "src/reference/error-messages.json");
/** What is another at every run. */
const volatile: readonly (readonly [RegExp, string])[] = [
  [/(?:[A-Z]:)?[\w./\\-]*retouch-\w+-[\w-]{6}(?=[\\/])/g, "photos"],
  [/(?<=127\.0\.0\.1:)\d+/g, "4010"],
  [/\b[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}\b/g, "0e7d1f2a-3b4c-4d5e-8f60-718293a4b5c6"],
  [/(?<=\()retouch-[\w-]+(?=\))/g, "photos"],
  [/(?<=\.retouch-)[\w-]+(?=\.part)/g, "1"],
];

it("has what each code says when it is provoked", async () => {
  const messages: Record<string, string> = {};
  for (const [code, provoke] of Object.entries({
    ...inputs,
    ...responses,
    ...network,
    ...proxy,
    ...session,
  })) {
    const message = (await provoke()).find((one) => one.code === code && one.message !== undefined)?.message;
    if (message !== undefined && message !== "A test.")
      messages[code] = volatile.reduce((text, [pattern, by]) => text.replaceAll(pattern, by), message);
  }
  const text = `${JSON.stringify(messages, null, 2)}\n`;
  if (process.env["RETOUCH_WRITE_CAPTURES"] === "1") writeFileSync(file, text);
  expect(JSON.parse(text)).toEqual(JSON.parse(readFileSync(file, "utf8")));
});
