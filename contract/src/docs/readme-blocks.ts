import { existsSync, readFileSync } from "node:fs";

/** A code block of a README. */
export interface ReadmeBlock {
  /** `packages/client/README.md 3`, counted from 1 across all blocks of the page. */
  readonly title: string;
  readonly page: string;
  readonly language: string;
  readonly code: string;
}

const root = new URL("../../../", import.meta.url);

/** The suites of the mock and the hooks run their own examples, which share an image and a page. */
const pages = ["README.md", "packages/client/README.md", "packages/cli/README.md"];

/** Reads the code of the project's README, the client's and the CLI's. */
export function readmeBlocks(): ReadmeBlock[] {
  return pages.filter((page) => existsSync(new URL(page, root))).flatMap(blocksOf);
}

/** Reads the code of one page, given by its path from the project's root. */
export function blocksOf(page: string): ReadmeBlock[] {
  const text = readFileSync(new URL(page, root), "utf8").replaceAll("\r\n", "\n");
  return [...text.matchAll(/^```(\w+)\n(.*?)^```$/gms)].map(([, language = "", code = ""], index) => ({
    title: `${page} ${index + 1}`,
    page,
    language,
    code,
  }));
}
