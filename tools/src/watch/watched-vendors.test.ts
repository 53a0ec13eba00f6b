import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { listVendors, type Vendor } from "../vendors/list-vendors.ts";
import { placeholderUrl, watchedVendors } from "./watched-vendors.ts";

const table = (document: string, rest = "") => `default: { name: Acme, document: "${document}" }\n${rest}`;

const followed: Vendor[] = [
  {
    name: "Other Images",
    slug: "other-images",
    isDefault: false,
    document: "vendor/other-images/images-edits.yaml",
    overlay: "vendor/other-images/overlay.yaml",
    spec: "vendor/other-images/openapi.yaml",
  },
];

describe(watchedVendors, () => {
  it("reads the repository's table", async () => {
    const spec = join(import.meta.dirname, "../../../spec");
    const text = await readFile(join(spec, "servers.yaml"), "utf8");
    const vendors = await listVendors(spec, text);
    expect(watchedVendors(text, vendors).map(({ name }) => name)).toEqual(vendors.map(({ name }) => name));
  });

  it("lists the default vendor, and says why others are skipped", () => {
    const others =
      "vendors: { Other Images: { document: https://b.test/ }, Silent: { baseUrl: https://c.test }, Third: { document: https://d.test } }";
    expect(watchedVendors(table("https://a.test/spec.yaml", others), followed)).toEqual([
      { name: "Acme", url: "https://a.test/spec.yaml" },
      { name: "Other Images", url: "https://b.test/" },
      { name: "Third", skipped: expect.stringContaining("spec/vendor/third does not exist") },
    ]);
  });

  it("skips the placeholder with the place to set it", () => {
    const others = `vendors: { Other Images: { document: ${placeholderUrl} } }`;
    expect(watchedVendors(table(placeholderUrl, others), followed)).toEqual([
      { name: "Acme", skipped: expect.stringMatching(/DOCUMENT_URL_NOT_SET.*`default.document`/) },
      { name: "Other Images", skipped: expect.stringContaining("`vendors.Other Images.document`") },
    ]);
  });

  it.each(["http://a.test/", "ftp://a.test/", "https://key@a.test/", "spec.yaml", ""])(
    "refuses %j",
    (url) => {
      expect(() => watchedVendors(table(url), [])).toThrow("Give an https URL");
      const others = `vendors: { Other: { document: "${url}" } }`;
      expect(() => watchedVendors(table(placeholderUrl, others), [])).toThrow("`document` of Other");
    },
  );

  it("refuses a vendor without a document", () => {
    const others = "vendors: { Other Images: { baseUrl: https://b.test } }";
    expect(() => watchedVendors(table(placeholderUrl, others), followed)).toThrow(
      "`document` of Other Images",
    );
    expect(() => watchedVendors("default: { name: Acme }\n", [])).toThrow("`document` of Acme");
  });
});
