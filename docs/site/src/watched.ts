import { readdirSync } from "node:fs";
import path from "node:path";
import { root } from "./markdown/source-file.ts";
import { siteRoot } from "./pages.ts";

/** Directories of what pages are made of. The declarations in `dist` are those that `pnpm dev` builds. */
export const watched: readonly string[] = [
  root,
  ...[
    "docs",
    "docs/site/captures",
    "docs/site/src/reference",
    "docs/site/.vitepress",
    "contract/full/release/samples/servers",
  ],
  ...readdirSync(path.join(root, "packages")).flatMap((name) => [
    `packages/${name}`,
    `packages/${name}/dist`,
  ]),
  ...["arguments", "arguments/definitions", "errors", "generated"].map((name) => `packages/cli/src/${name}`),
  ...[
    "client/src/errors",
    "client/src/generated",
    "mock/src/responses",
    "queue/src/commands",
    "queue/src/errors",
  ].map((name) => `packages/${name}`),
]
  .map((directory) => path.resolve(root, directory))
  .concat(path.join(siteRoot, "pages"));

/** The names of files that may be on a page, or that a page is made from. */
export const isSource = /\.(?:md|ts|mjs|json|console)$/;
