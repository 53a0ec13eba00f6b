import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { fillIn } from "../markdown/per-server.ts";
import { codeLines } from "../markdown/sections.ts";
import { root } from "../markdown/source-file.ts";

/** A block of code of a Markdown file of the repository. */
export interface CodeBlock {
  /** From the project's root, with the line of its fence: `docs/servers.md:12`. */
  readonly title: string;
  readonly file: string;
  /** Empty if its fence names none. */
  readonly language: string;
  readonly code: string;
}

/** A Markdown file of the repository: its blocks of code, and its text without them. */
export interface MarkdownFile {
  readonly file: string;
  readonly blocks: readonly CodeBlock[];
  readonly prose: string;
}

/** Reads every Markdown file that a user or a contributor may read. */
export function readMarkdownFiles(): MarkdownFile[] {
  const listed = execFileSync(
    "git",
    ["ls-files", "--cached", "--others", "--exclude-standard", "--", "*.md"],
    { cwd: root, encoding: "utf8" },
  );
  return listed
    .split("\n")
    .filter((file) => file !== "" && !file.endsWith("CHANGELOG.md") && existsSync(path.join(root, file)))
    .map(readMarkdownFile);
}

function readMarkdownFile(file: string): MarkdownFile {
  const lines = readFileSync(path.join(root, file), "utf8").replaceAll("\r\n", "\n").split("\n");
  const isCode = codeLines(lines);
  const blocks: CodeBlock[] = [];
  for (const [at, line] of lines.entries()) {
    if (!isCode[at] || isCode[at - 1]) continue;
    const [, indent = "", language = ""] = /^(\s*)[`~]+\s*(\w*)/.exec(line) ?? [];
    const end = isCode.indexOf(false, at);
    const body = lines.slice(at + 1, end === -1 ? undefined : end);
    // Blocks without a line between them are one run of code.
    const close = body.findIndex((one) => /^\s*[`~]{3,}\s*$/.test(one));
    const code = body
      .slice(0, close)
      .map((one) => (one.startsWith(indent) ? one.slice(indent.length) : one))
      .join("\n");
    blocks.push({ title: `${file}:${at + 1}`, file, language, code: `${fillIn(code)}\n` });
  }
  return { file, blocks, prose: lines.filter((_, at) => !isCode[at]).join("\n") };
}
