import { describe, expect, it } from "vitest";
import { parseAllDocuments } from "yaml";
import { checkCommand, definitions } from "./check-command.ts";
import { type CodeBlock, readMarkdownFiles } from "./read-blocks.ts";
import { splitShell } from "./split-shell.ts";

// Every block of code of every Markdown file. That programs compile and run is shown by the tests of their README, and by
// `full/code.test.ts`.

const files = readMarkdownFiles();
const blocks = files.flatMap((file) => file.blocks);
const inLanguage = (...names: string[]): CodeBlock[] =>
  blocks.filter(({ language }) => names.includes(language));

it("finds the blocks of READMEs, pages and changesets", () => {
  expect(blocks.length).toBeGreaterThan(150);
});

it("names a language that some test reads", () => {
  const known = ["sh", "ts", "tsx", "js", "jsx", "mjs", "cjs", "yaml", "ini", "md"];
  expect(blocks.filter(({ language }) => !known.includes(language)).map(({ title }) => title)).toEqual([]);
});

/** Pages about the commands: others name flags of npm, git and our own tools. */
const ourPages =
  /^(?:README|docs\/(?!adr|testing|performance|scale|spec-extension)|packages\/(?:cli|queue|editor))/;

describe("commands", () => {
  it("have programs, packages, scripts, files and flags that exist", () => {
    const wrong = inLanguage("sh").flatMap(({ title, file, code }) =>
      splitShell(code).flatMap((words) => {
        const problem = checkCommand(words, file);
        return problem === undefined ? [] : [`${title}: ${words.join(" ")}: ${problem}`];
      }),
    );
    expect(wrong).toEqual([]);
  });

  it("of manifests have flags that exist", () => {
    const wrong = inLanguage("yaml").flatMap(({ title, file, code }) =>
      parseAllDocuments(code).flatMap((document) =>
        [...containersOf(document.toJS())]
          .flatMap(({ command = [], args = [] }) => {
            const words = [...command.slice(command.lastIndexOf("--") + 1), ...args];
            return checkCommand(words, file) ?? [];
          })
          .map((problem) => `${title}: ${problem}`),
      ),
    );
    expect(wrong).toEqual([]);
  });

  it("name no flag in a sentence that no command has, nor Node", () => {
    const flags = new Set(
      definitions.flatMap(({ groups }) => groups.flatMap(({ options }) => options.map(({ flag }) => flag))),
    );
    const wrong = files
      .filter(({ file }) => ourPages.test(file))
      .flatMap(({ file, prose }) =>
        [...prose.matchAll(/`([^`\n]+)`/g)]
          .filter(([, span = ""]) => /^(?:retouch\S*|npx @retouch|--)/.test(span))
          .flatMap(([, span = ""]) =>
            [...span.matchAll(/(?<=^|\s)--([a-z][\w-]*)/g)].map(([, flag]) => [flag, span]),
          )
          .flatMap(([flag = "", span]) =>
            flags.has(flag) || flag === "env-file" ? [] : [`${file}: ${span}`],
          ),
      );
    expect(wrong).toEqual([]);
  });
});

it("has YAML without errors", () => {
  for (const { title, code } of inLanguage("yaml"))
    for (const document of parseAllDocuments(code))
      expect("errors" in document && document.errors, title).toEqual([]);
});

it("sets variables in `ini` that the code of its page reads", () => {
  const found = inLanguage("ini");
  expect(found.length).toBeGreaterThan(0);
  for (const { title, code } of found)
    for (const line of code.trim().split("\n"))
      expect(line, title).toMatch(/^RETOUCH_(?:API_KEY|BASE_URL)=\S+$/);
});

interface Container {
  command?: string[];
  args?: string[];
}

/** Finds the containers of a Kubernetes manifest, at any depth. */
function* containersOf(value: unknown): Generator<Container> {
  if (typeof value !== "object" || value === null) return;
  for (const [name, child] of Object.entries(value))
    if (name === "containers") yield* child as Container[];
    else yield* containersOf(child);
}
