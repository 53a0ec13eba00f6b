import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { baseUrl, limitsOf, modelNames } from "@retouch/client/node";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { runCli } from "../cli/support/run-cli.ts";
import { runProcess } from "../support/run-process.ts";

const root = new URL("../../../", import.meta.url);
const cwd = fileURLToPath(root);
const read = (path: string): string => readFileSync(new URL(path, root), "utf8");
const servers = parse(read("spec/servers.yaml"));
const openai: string = servers.vendors.OpenAI.baseUrl;
const vendorsOwn = read("spec/vendor/images-edits.yaml");
// The longest first: `gpt-image-1` is a part of `gpt-image-1.5`.
const pattern = new RegExp(
  `(?<![\\w.-])(?:${[...modelNames]
    .sort((a, b) => b.length - a.length)
    .join("|")
    .replaceAll(".", "\\.")})(?![\\w-])`,
  "g",
);

/** Returns what is wrong with the models of a snippet that users copy. */
function problemsOf(snippet: string): string[] {
  const names = [...new Set(snippet.match(pattern) ?? [])];
  const isOpenai = snippet.includes(openai) || snippet.includes("OPENAI_API_KEY");
  return names.flatMap((name) => {
    const ends = limitsOf(name).shutdowns;
    if (isOpenai) return ends.some(({ host }) => openai.endsWith(host)) ? [`${name} ends at OpenAI`] : [];
    return ends.length > 0 && !vendorsOwn.includes(name)
      ? [`${name} ends, and ${baseUrl} does not name it`]
      : [];
  });
}

function filesIn(directory: string, extension: RegExp): string[] {
  return readdirSync(new URL(directory, root), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && extension.test(entry.name))
    .map(({ parentPath, name }) => `${parentPath}/${name}`.replace("//", "/").slice(cwd.length))
    .filter((path) => !/node_modules|\/dist\/|\/e2e\/|\.test\.|\.gen\./.test(path));
}

const pages = [
  ...["README.md", "docs/scenarios.md", "docs/models.md", "packages/react-hooks/README.md"],
  ...["client", "cli", "editor", "mock"].map((name) => `packages/${name}/README.md`),
];
const sources = ["client", "react-hooks", "cli", "mock"].flatMap((name) =>
  filesIn(`packages/${name}/src/`, /\.tsx?$/),
);

describe("the models of snippets are served by their servers", () => {
  it.each(pages)("in the code of %s", (page) => {
    const blocks = read(page).match(/^```.*?^```$/gms) ?? [];
    expect(blocks.length).toBeGreaterThan(0);
    for (const block of blocks) expect(problemsOf(block), block).toEqual([]);
  });

  it("in the examples of every package's source", () => {
    const examples = sources.flatMap((path) => read(path).match(/^ *\* @example.*?\*\//gms) ?? []);
    expect(examples.length).toBeGreaterThan(5);
    for (const example of examples) expect(problemsOf(example), example).toEqual([]);
  });

  it.each([
    ...filesIn("examples/html/", /\.(?:html|ts|md)$/),
    ...filesIn("packages/editor/", /\.(?:tsx?|html)$/),
  ])("in %s", (path) => expect(problemsOf(read(path))).toEqual([]));

  it.each(
    [[], ["edit"], ["models"], ["batch", "init"], ["batch", "run"], ["mask"], ["mock"]].map((argv) => [argv]),
  )("in the help of retouch %j", async (argv) => {
    const { stdout } = await runCli([...argv, "--help"], { cwd });
    expect(stdout).toContain("retouch");
    const lines = stdout.split("\n").filter((line) => line.trim().startsWith("retouch "));
    for (const line of lines) expect(problemsOf(line), line).toEqual([]);
  });

  it("in the help of retouch edit, of the default server and of OpenAI", async () => {
    const { stdout } = await runCli(["edit", "--help"], { cwd });
    expect(stdout).toContain(`-m ${servers.default.exampleModel} `);
    expect(stdout).toContain(`-m ${servers.vendors.OpenAI.exampleModel} --base-url ${openai}`);
  });

  it("in the quickstart", async () => {
    const script = "import('./tools/quickstart/example-model.ts').then((m) => console.log(m.exampleModel()))";
    const ended = await runProcess(process.execPath, ["-e", script], { cwd });
    const model = ended.stdout.trim();
    expect(modelNames).toContain(model);
    expect(limitsOf(model).shutdowns).toEqual([]);
  });
});

it.each([
  ['edit({ model: "gpt-image-1.5" })', 1],
  ['edit({ model: "gpt-image-1" })', 0],
  ['edit({ model: "gpt-image-1", baseUrl: "https://api.openai.com" })', 1],
  ['edit({ model: "gpt-image-2", baseUrl: "https://api.openai.com" })', 0],
  ["-m chatgpt-image-latest, OPENAI_API_KEY", 1],
  ["-m gpt-image-1-mini -m dall-e-3", 1],
])("%s has %i problem(s)", (snippet, count) => expect(problemsOf(snippet)).toHaveLength(count));
