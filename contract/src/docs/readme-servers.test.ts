import { readFileSync } from "node:fs";
import { baseUrl, limitsOf, modelNames } from "@retouch/client/node";
import { describe, expect, it } from "vitest";

const read = (page: string): string => readFileSync(new URL(`../../../${page}`, import.meta.url), "utf8");
const servers = read("spec/servers.yaml");
const defaultName = /^default:\n(?: +#.*\n)* +name: (.+)$/m.exec(servers)?.[1];
const openai = /^ +OpenAI:\n +baseUrl: (.+)$/m.exec(servers)?.[1];

// Every page with code that uses a key.
describe.each([
  "README.md",
  "packages/client/README.md",
  "packages/cli/README.md",
  "packages/react-hooks/README.md",
])("%s", (page) => {
  const rows = read(page)
    .split("\n")
    .filter((line) => line.startsWith("| "))
    .map((line) => line.split("|").map((cell) => cell.trim()));
  const rowOf = (server: string) => rows.find(([, name]) => name === server)?.slice(2, 5) ?? [];

  it("names the default server, its key, base URL and one of the vendor's models", () => {
    const [key, url, model = ""] = rowOf(`${defaultName} (default)`);
    expect({ key, url }).toEqual({ key: "`RETOUCH_API_KEY`", url: `\`${baseUrl}\`` });
    expect(read("spec/vendor/images-edits.yaml")).toContain(`${model.slice(1, -1)}`);
    expect(modelNames).toContain(model.slice(1, -1));
  });

  it("names OpenAI's key, base URL and a model that it still serves", () => {
    const [key, url, model = ""] = rowOf("OpenAI");
    expect(key).toContain("`OPENAI_API_KEY`");
    expect(url).toBe(`\`${openai}\``);
    expect(limitsOf(model.slice(1, -1)).shutdowns ?? []).toEqual([]);
  });
});
