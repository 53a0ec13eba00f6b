import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import ts from "typescript";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findBlock, readSource, root } from "../src/markdown/source-file.ts";
import { readWrittenPages, siteRoot } from "../src/pages.ts";

// Code that is only on a page. What a page includes is run by the tests of its README.

interface Block {
  readonly title: string;
  readonly language: string;
  readonly code: string;
}

const blocks: Block[] = readWrittenPages().flatMap((page) =>
  [...page.text.matchAll(/^( *)```(\w+)\n(.*?)^\1```$/gms)].map(
    ([, indent = "", language = "", code = ""], at) => ({
      title: `${page.path} ${at + 1}`,
      language,
      code: code.replaceAll(new RegExp(`^${indent}`, "gm"), ""),
    }),
  ),
);

let directory: string;
beforeAll(() => {
  mkdirSync(path.join(siteRoot, "out"), { recursive: true });
  directory = mkdtempSync(path.join(siteRoot, "out/code-"));
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const reactTypes = path.join(root, "packages/react-hooks/node_modules/@types/react");
const imageBytes = path.join(root, "tools/quickstart/sample/scene.png");

describe("code that is only on a page", () => {
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
    const program = ts.createProgram(files, {
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
      // React is not a dependency of the site.
      paths: { "react/*": [`${reactTypes}/*`], react: [reactTypes] },
    });
    const found = ts.getPreEmitDiagnostics(program).map(({ file, messageText }) => {
      const at = Number(/block-(\d+)/.exec(file?.fileName ?? "")?.[1]);
      return `${sources[at]?.title}: ${ts.flattenDiagnosticMessageText(messageText, "\n")}`;
    });
    expect(found).toEqual([]);
  });

  it("runs, if it is a command of the CLI with --mock or without a server", () => {
    cpSync(imageBytes, path.join(directory, "photo.jpg"));
    mkdirSync(path.join(directory, "photos"));
    for (const name of ["a.jpg", "b.jpg"]) cpSync(imageBytes, path.join(directory, "photos", name));
    symlinkSync(path.join(siteRoot, "node_modules"), path.join(directory, "node_modules"), "junction");
    const commands = blocks
      .filter(({ language }) => language === "sh")
      .flatMap(({ title, code }) => code.split("\n").map((line) => ({ title, line })))
      .filter(({ line }) => line.startsWith("retouch "));
    expect(commands.length).toBeGreaterThan(4);
    for (const { title, line } of commands) {
      const argv = [...line.matchAll(/"([^"]*)"|(\S+)/g)]
        .map(([, quoted, plain]) => quoted ?? plain ?? "")
        .slice(1);
      const bin = path.join(root, "packages/cli/dist/bin.js");
      const env = { PATH: process.env["PATH"] ?? "", RETOUCH_STATE_DIR: path.join(directory, "state") };
      const ended = spawnSync(process.execPath, [bin, ...argv], { cwd: directory, env, encoding: "utf8" });
      expect(ended.status, `${title}: ${line}\n${ended.stderr}`).toBe(0);
    }
  });
});
