import { type SpawnSyncReturns, spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import ts from "typescript";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findBlock, readSource, root } from "../src/markdown/source-file.ts";
import { siteRoot } from "../src/pages.ts";
import { pageBlocks } from "./page-code.ts";

// The code of the pages, in the tabs of each server. What a page includes is also run by the tests of its README.

const blocks = pageBlocks.map((block, at) => ({
  ...block,
  title: `${block.page} ${block.server ?? ""} ${block.file ?? at}`,
}));

let directory: string;
beforeAll(() => {
  mkdirSync(path.join(siteRoot, "out"), { recursive: true });
  directory = mkdtempSync(path.join(siteRoot, "out/code-"));
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** A command of the CLI that needs neither a key nor a server. */
const offline =
  /^retouch (?:.* --(?:mock|dry-run)\b|mask |models|batch (?:init|status) |completion |.*--help)/;

const reactTypes = path.join(root, "packages/react-hooks/node_modules/@types/react");
const imageBytes = path.join(root, "tools/quickstart/sample/scene.png");

describe("code of the pages", () => {
  it("compiles", () => {
    const sources = blocks.filter(({ language }) => /^tsx?$/.test(language));
    expect(sources.length).toBeGreaterThan(2);
    writeFileSync(
      path.join(directory, "editor.tsx"),
      findBlock(readSource("packages/react-hooks/README.md"), "a-page", /export function Editor/).replaceAll(
        /^```.*$/gm,
        "",
      ),
    );
    const definitions = path.join(root, "packages/cli/src/arguments/command-definition.ts");
    const files = sources.map(({ language, code }, at) => {
      const file = path.join(directory, `block-${at}.${language}`);
      writeFileSync(file, code.replace('"../command-definition.ts"', JSON.stringify(definitions)));
      return file;
    });
    // Express has no types of its own.
    const shims = path.join(directory, "shims.d.ts");
    writeFileSync(shims, 'declare module "express";\n');
    const program = ts.createProgram([...files, shims], {
      strict: true,
      noEmit: true,
      skipLibCheck: true,
      allowImportingTsExtensions: true,
      target: ts.ScriptTarget.ES2022,
      module: ts.ModuleKind.ESNext,
      moduleResolution: ts.ModuleResolutionKind.Bundler,
      jsx: ts.JsxEmit.ReactJSX,
      lib: ["lib.es2024.d.ts", "lib.dom.d.ts", "lib.dom.iterable.d.ts"],
      types: ["node"],
      // What only examples need is not a dependency of the site.
      paths: {
        "react/*": [`${reactTypes}/*`],
        react: [reactTypes],
        "*": [path.join(root, "contract/node_modules/*"), path.join(siteRoot, "node_modules/*")],
      },
    });
    const found = ts.getPreEmitDiagnostics(program).map(({ file, messageText }) => {
      const at = Number(/block-(\d+)/.exec(file?.fileName ?? "")?.[1]);
      return `${sources[at]?.title}: ${ts.flattenDiagnosticMessageText(messageText, "\n")}`;
    });
    expect(found).toEqual([]);
  });

  it("runs, if it is a command of the CLI with --mock or without a server", () => {
    const commands = blocks
      .filter(({ language }) => language === "sh")
      .flatMap((block) => block.code.split("\n").map((line) => ({ ...block, line })))
      .filter(({ line }) => offline.test(line));
    expect(commands.length).toBeGreaterThan(15);
    const started = path.join(directory, "started");
    prepareDirectory(started);
    const failed = commands.flatMap(({ title, page, heading = "", line }) => {
      // A section begins with a folder of photos, and goes on with what its own commands have written.
      const folder = path.join(directory, `${page} ${heading}`.replaceAll(/\W+/g, "-"));
      if (!existsSync(folder)) cpSync(started, folder, { recursive: true });
      const ended = runRetouch(line, folder);
      return ended.status === 0 ? [] : [`${title}: ${line}\n${ended.stderr}`];
    });
    expect(failed).toEqual([]);
  });
});

/** Makes what the commands of a page take for granted: photos, and a drawing with notes. */
function prepareDirectory(folder: string): void {
  mkdirSync(path.join(folder, "photos"), { recursive: true });
  mkdirSync(path.join(folder, ".config/fish/completions"), { recursive: true });
  const photos = ["photo.jpg", "photo.png", "logo.png", "photos/a.jpg", "photos/b.jpg"];
  for (const name of photos) cpSync(imageBytes, path.join(folder, name));
  const drawn = runRetouch("retouch mask photo.jpg --rect 10,10,40,40 -o notes.png", folder);
  expect(drawn.status, drawn.stderr).toBe(0);
}

function runRetouch(line: string, cwd: string): SpawnSyncReturns<string> {
  const bin = path.join(root, "packages/cli/dist/bin.js");
  return spawnSync("bash", ["-c", `retouch() { "${process.execPath}" "${bin}" "$@"; }\n${line}`], {
    cwd,
    env: {
      PATH: process.env["PATH"] ?? "",
      HOME: cwd,
      RETOUCH_STATE_DIR: path.join(cwd, ".state"),
    },
    encoding: "utf8",
  });
}
