import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { placeholderUrl, watchedVendors } from "./watched-vendors.ts";

const table = (document: string, rest = "") => `default: { name: Acme, document: "${document}" }\n${rest}`;

describe(watchedVendors, () => {
  it("reads the repository's table", async () => {
    const text = await readFile(join(import.meta.dirname, "../../../spec/servers.yaml"), "utf8");
    expect(watchedVendors(text)[0]).toMatchObject({ name: "ChainHub" });
  });

  it("lists the default vendor, and says why others are skipped", () => {
    const others = "vendors: { Other: { document: https://b.test/ }, Silent: { baseUrl: https://c.test } }";
    expect(watchedVendors(table("https://a.test/spec.yaml", others))).toEqual([
      { name: "Acme", url: "https://a.test/spec.yaml" },
      { name: "Other", skipped: expect.stringContaining("only takes documents of Acme") },
    ]);
  });

  it("skips the placeholder with the place to set it", () => {
    expect(watchedVendors(table(placeholderUrl))).toEqual([
      { name: "Acme", skipped: expect.stringMatching(/DOCUMENT_URL_NOT_SET.*`default.document`/) },
    ]);
  });

  it.each(["http://a.test/", "ftp://a.test/", "https://key@a.test/", "spec.yaml", ""])(
    "refuses %j",
    (url) => {
      expect(() => watchedVendors(table(url))).toThrow("Give an https URL");
      const others = `vendors: { Other: { document: "${url}" } }`;
      expect(() => watchedVendors(table(placeholderUrl, others))).toThrow("`document` of Other");
    },
  );

  it("refuses a default vendor without a document", () => {
    expect(() => watchedVendors("default: { name: Acme }\n")).toThrow("`document` of Acme");
  });
});
