import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parseObject } from "../document/parse-object.ts";
import { readSpec } from "../read/read-spec.ts";
import { emitDialects } from "./emit-dialects.ts";
import { emitJsonBody } from "./emit-json-body.ts";

const read = (name: string) => readFile(join(import.meta.dirname, "../../../spec", name), "utf8");

describe(emitDialects, () => {
  it.each([
    ["title: xAI", "name: xAI", "`dialects.xai` in spec/dialects.yaml has `name`, which is not one of title"],
    [
      "source: theopenco/llmgateway#1756",
      "notes: none",
      "`dialects.llmgateway` in spec/dialects.yaml needs `title` and `source`",
    ],
    ["  xai:\n", "  xAI:\n", "must be named in lower case"],
    ["baseUrl: https://api.x.ai\n", "baseUrl: http://api.x.ai\n", "needs either `baseUrl` (https,"],
    ["    ownServer: true\n", "", "`dialects.new-api` in spec/dialects.yaml needs either `baseUrl`"],
    ["/openai]", "/openai/v1/]", "`versioned.endings` in spec/dialects.yaml has `/openai/v1/`"],
    ["names: [api-version]", "names: []", "needs `versioned.endings` and `pastedQuery.names`"],
  ])("rejects a table with `%s` changed to `%s`", async (from, to, message) => {
    const text = await read("dialects.yaml");
    expect(text).toContain(from);
    expect(() => emitDialects(text.replace(from, to))).toThrow(message);
  });

  it("follows a new entry, and makes its header and query parts of the dialect", async () => {
    const entry = `
  acme:
    title: Acme
    baseUrl: https://TENANT.acme.example/v7
    dialect: { body: json }
    keyHeader: x-acme-key
    query: { tier: "1" }
    source: a test
`;
    const { names, presets, baseUrls } = emitDialects(
      `${await read("dialects.yaml")}${entry}`.replace("[api-version]", "[api-version, tier]"),
    );
    expect(names).toMatch(/dialectNames = \[.*"acme"\] as const;/);
    expect(presets).toContain(
      'acme: { title: "Acme", dialect: { body: "json", keyHeader: "x-acme-key", query: { tier: "1" } } },',
    );
    expect(baseUrls).toContain('["api-version", "tier"]');
  });
});

describe(emitJsonBody, () => {
  it.each([
    ["maxLength: 20971520", "maxLength: 4096", "maxUrlLength = 4096;"],
    ["image_url:", "picture:", 'imageShape: { url: "picture", fileId: "file_id" }'],
    ["        images:\n", "        photos:\n", 'imageField: "photos"'],
  ])("follows the spec when `%s` becomes `%s`", async (from, to, printed) => {
    const text = await read("openapi.yaml");
    expect(text).toContain(from);
    const document = parseObject(
      text.replace(from, () => to),
      "spec/openapi.yaml",
    );
    expect(emitJsonBody(readSpec(document))).toContain(printed);
  });

  it("rejects a spec whose JSON body has no limit", async () => {
    const text = (await read("openapi.yaml")).replace(/ +maxLength: 20971520\n/, "");
    expect(() => emitJsonBody(readSpec(parseObject(text, "spec/openapi.yaml")))).toThrow(
      "Look at JsonEditRequest in spec/overlay.yaml.",
    );
  });
});
