import { globSync, readFileSync } from "node:fs";
import path from "node:path";
import { guidesOverview } from "./guides-overview.ts";
import type { Page } from "./page.ts";
import { cliPages } from "./reference/cli-pages.ts";
import { codePages } from "./reference/code-pages.ts";
import { exportPages } from "./reference/export-pages.ts";

export const siteRoot = path.join(import.meta.dirname, "..");
const written = path.join(siteRoot, "pages");

/** Reads the pages that are written by hand, and adds the list of the guides among them. */
export function readWrittenPages(): Page[] {
  const pages = globSync("**/*.md", { cwd: written })
    .sort()
    .map((file) => ({
      path: file.replaceAll("\\", "/"),
      text: readFileSync(path.join(written, file), "utf8").replaceAll("\r\n", "\n"),
    }));
  return [...pages, guidesOverview(pages)];
}

/** Makes the pages of the reference from the packages' declarations and definitions. */
export async function makeReference(): Promise<Page[]> {
  return [...(await exportPages()), ...cliPages(), ...codePages()];
}
