import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { emitDialectFacts } from "./emit-dialect-facts.ts";
import { emitServerDocs } from "./emit-server-docs.ts";

const repository = join(import.meta.dirname, "../../..");
const yaml = await readFile(join(repository, "spec/dialects.yaml"), "utf8");
const docs = await readFile(join(repository, "docs/servers.md"), "utf8");
const spec = { models: [{ name: "gpt-image-2" }] } as never;

describe(emitServerDocs, () => {
  it("writes the page that is committed, with a row and a section for each preset", () => {
    const entries: Record<string, { title: string; unverified?: string; notes?: string }> =
      parse(yaml).dialects;
    expect(emitServerDocs(yaml, spec)).toBe(docs);
    for (const [name, { title, unverified, notes }] of Object.entries(entries)) {
      expect(docs).toContain(`| \`${name}\` |`);
      const section = docs.slice(docs.indexOf(`## ${title}\n`)).split("\n## ")[0] ?? "";
      for (const text of [`--dialect ${name} `, `dialect: "${name}"`, "Source: "])
        expect(section).toContain(text);
      if (notes !== undefined) expect(section).toContain(notes.trim());
      expect(section.includes("**Not verified:**")).toBe(unverified !== undefined);
      if (unverified !== undefined) expect(section).toContain(unverified.trim());
    }
  });

  it("links each row to a heading that exists, and keeps rows as wide as their head", () => {
    const headings = [...docs.matchAll(/^## (.*)$/gm)].map(([, heading = ""]) =>
      heading
        .toLowerCase()
        .replace(/[^\w -]/g, "")
        .replaceAll(" ", "-"),
    );
    const links = [...docs.matchAll(/\]\(#([^)]*)\)/g)].map(([, link]) => link);
    expect(links.length).toBeGreaterThan(10);
    for (const link of links) expect(headings).toContain(link);
    for (const table of docs.split("\n\n").filter((block) => block.startsWith("| "))) {
      const widths = table
        .trim()
        .split("\n")
        .map((row) => row.replaceAll("\\|", "").split("|").length);
      expect(new Set(widths).size, table).toBe(1);
    }
  });

  it("warns of proxies that retry", () => {
    expect(docs).toMatch(/## Proxies that retry\n\n.*each retry may be billed/);
  });

  it("refuses an example with a model that the spec does not know", () => {
    const wrong = yaml.replace("limitsLike: gpt-image-2 ", "limitsLike: gpt-image-20 ");
    expect(() => emitServerDocs(wrong, spec)).toThrow("`dialects.azure.example.limitsLike`");
  });
});

describe(emitDialectFacts, () => {
  it("prints what is not verified of a preset, on one line", () => {
    const text =
      "dialects:\n  a-server:\n    title: A\n    ownServer: true\n    dialect: {}\n    source: here\n";
    expect(emitDialectFacts(text).facts).toContain(
      '"a-server": { title: "A", images: "`image`; several as `image[]`", mask: "`mask`", source: "here" }',
    );
    expect(emitDialectFacts(`${text}    unverified: >\n      All\n      of it.\n`).facts).toContain(
      'unverified: "All of it."',
    );
  });
});
