import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { limitsOf, modelNames } from "@retouch/client/node";
import { describe, expect, it } from "vitest";
import { codes } from "../../../packages/client/src/errors/codes.ts";
import { mockCodes } from "../../../packages/mock/src/responses/mock-codes.ts";
import { inputs } from "./provoke-inputs.ts";
import { mock } from "./provoke-mock.ts";
import { network } from "./provoke-network.ts";
import { proxy } from "./provoke-proxy.ts";
import { responses } from "./provoke-responses.ts";
import { session } from "./provoke-session.ts";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const provocations = { ...inputs, ...responses, ...network, ...proxy, ...session, ...mock };
/** Codes that need a page, or the client's code in pieces: their own tests expect the outcome. */
const elsewhere: Readonly<Record<string, string>> = {
  offline: "packages/client/src/browser/xhr-transport.browser.test.ts",
  code_not_loaded: "packages/client/src/late-code.test.ts",
  invalid_session: "packages/react-hooks/src/session/session-file.test.ts",
  page_left: "packages/react-hooks/src/storage/indexed-db-storage.browser.test.ts",
  image_changed: "packages/react-hooks/src/prepare/prepare-params.browser.test.ts",
  mask_scaled: "packages/react-hooks/src/prepare/prepare-params.browser.test.ts",
  markup_scaled: "packages/react-hooks/src/prepare/prepare-params.browser.test.ts",
  image_within_limits: "packages/react-hooks/src/prepare/prepare-params.browser.test.ts",
  image_not_smaller: "packages/react-hooks/src/prepare/prepare-params.browser.test.ts",
  image_not_readable: "packages/react-hooks/src/prepare/prepare-params.browser.test.ts",
  storage_full: "packages/react-hooks/src/storage/indexed-db-storage.browser.test.ts",
  storage_unavailable: "packages/react-hooks/src/storage/indexed-db-storage.browser.test.ts",
};

const list: Readonly<Record<string, { readonly outcome: string }>> = { ...codes, ...mockCodes };

function listed(code: string): string | undefined {
  return list[code]?.outcome;
}

describe("the outcome in the list of codes", () => {
  it.each(Object.entries(provocations))("is the one that %s has", async (code, provoke) => {
    const seen = await provoke();
    expect(seen.map((one) => one.code)).toEqual(seen.map(() => code));
    const outcomes = [...new Set(seen.map((one) => one.outcome))];
    if (listed(code) === "depends") expect(outcomes.length).toBeGreaterThan(1);
    else expect(outcomes).toEqual([listed(code)]);
  });

  it.each(Object.entries(elsewhere))("is expected for %s by %s", (code, file) => {
    // A code without an outcome belongs to a warning: the edit goes on.
    const outcome = listed(code) === "none" ? "" : `outcome: "${listed(code)}", `;
    expect(readFileSync(`${root}${file}`, "utf8")).toContain(`${outcome}code: "${code}"`);
  });

  it("is compared for every code", () => {
    const compared = new Set([...Object.keys(provocations), ...Object.keys(elsewhere)]);
    // Reachable once the spec has a text that needs more than one character.
    const minLengths = modelNames.flatMap((model) =>
      Object.values(limitsOf(model).fields).flatMap((rules) => rules.map(({ minLength = 0 }) => minLength)),
    );
    if (Math.max(...minLengths) < 2) compared.add("too_short");
    expect(Object.keys(list).filter((code) => !compared.has(code))).toEqual([]);
    expect([...compared].filter((code) => listed(code) === undefined)).toEqual([]);
  });
});
