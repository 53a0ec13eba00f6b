import path from "node:path";
import { repository } from "../../../../tools/src/release/manifest-facts.ts";
import { type AssembledPage, assemblePages } from "../assemble.ts";
import { mapLinks } from "../markdown/mark-links.ts";
import { repositoryHome } from "../markdown/resolve-links.ts";
import { root } from "../markdown/source-file.ts";
import type { Page } from "../page.ts";
import { readWrittenPages } from "../pages.ts";
import { cliPages } from "../reference/cli-pages.ts";
import { codePages } from "../reference/code-pages.ts";
import { entryPage, listEntryPoints } from "../reference/entry-points.ts";
import { listItem, plainText } from "../write-text-pages.ts";

/** The pages that each package brings, by its directory. A `/` at the end is a directory of pages. */
export const guidesOf: Readonly<Record<string, readonly string[]>> = {
  client: [
    "start/node",
    "start/express",
    "start/hono",
    "start/fastify",
    "start/workers",
    "start/bun-deno",
    "guides/checks",
    "guides/billing",
    "guides/retries",
    "guides/keys-and-proxy",
    "guides/prices",
    "guides/masks",
    "guides/full-resolution",
    "guides/streaming",
    "guides/formats",
    "guides/messages",
    "guides/testing",
    "guides/servers",
    "guides/azure",
    "guides/async-gateways",
    "guides/api",
    "guides/troubleshooting",
    "guides/moving",
    "guides/when-not",
    "reference/errors",
    "reference/models",
    "reference/runtimes",
  ],
  "react-hooks": [
    "start/react",
    "start/next",
    "guides/edits-in-react",
    "guides/painting",
    "guides/jobs",
    "guides/messages",
    "guides/full-resolution",
    "guides/keys-and-proxy",
    "guides/billing",
    "guides/testing",
    "guides/troubleshooting",
    "reference/errors",
  ],
  cli: [
    "start/index",
    "start/cli",
    "guides/batch",
    "guides/billing",
    "guides/prices",
    "guides/masks",
    "guides/servers",
    "guides/azure",
    "guides/troubleshooting",
    "reference/cli/",
    "reference/exit-codes",
    "reference/errors",
  ],
  mock: ["guides/testing", "reference/scenarios"],
  queue: [
    "guides/several-machines",
    "guides/queue-recipes",
    "guides/batch",
    "reference/queue-cli/",
    "reference/exit-codes",
    "reference/errors",
  ],
  editor: [
    "guides/editor",
    "guides/masks",
    "guides/billing",
    "guides/troubleshooting",
    "reference/exit-codes",
  ],
};

/** Where a package has its guides. They are beside its declarations, which they link to. */
export const guidesDirectory = "dist/docs";

/**
 * Makes the guides inside a package: pages of the site as Markdown, and `index.md`, the list of them. Links lead to
 * another guide of the package, to its declarations, or to the repository.
 *
 * @throws Error when a page does not exist.
 */
export function makePackageGuides(name: string): Page[] {
  const { pages, images, places } = assemblePages([...readWrittenPages(), ...cliPages(), ...codePages()]);
  const own = (guidesOf[name] ?? []).flatMap((wanted) => {
    const found = pages.filter(({ path: file }) =>
      wanted.endsWith("/") ? file.startsWith(wanted) : file === `${wanted}.md`,
    );
    if (found.length === 0)
      throw new Error(
        `The guides of packages/${name} include ${wanted}, which is not a page. Correct \`guidesOf\`.`,
      );
    return found;
  });
  const declarations = new Map(listEntryPoints().map((entry) => [`/${entryPage(entry)}`, entry]));
  const urlOfSource = new Map([...images].map(([file, url]) => [url, file]));

  function linkFrom(from: AssembledPage, target: string): string {
    if (!target.startsWith("/")) return target;
    const { pathname, hash } = new URL(target, "https://site.invalid");
    const relative = (file: string): string => {
      const link = path.posix.relative(path.posix.dirname(`${guidesDirectory}/${from.path}`), file);
      return link.startsWith(".") ? link : `./${link}`;
    };
    const page = own.find(({ url }) => url === pathname);
    if (page !== undefined) return relative(`${guidesDirectory}/${page.path}`) + hash;
    const image = urlOfSource.get(pathname);
    if (image !== undefined)
      return `https://raw.githubusercontent.com/${repository.owner}/${repository.name}/main/${image}`;
    const entry = declarations.get(pathname);
    if (entry !== undefined) {
      const file = path.relative(path.join(root, "packages"), entry.declarations).replaceAll("\\", "/");
      const [directory = "", ...rest] = file.split("/");
      return directory === name
        ? relative(rest.join("/"))
        : `${repositoryHome}/tree/main/packages/${directory}`;
    }
    return repositoryPlace(pathname, hash.slice(1));
  }

  /** Where the text of a page of the site is in the repository. */
  function repositoryPlace(pathname: string, anchor: string): string {
    const sources = [...places].filter(([, { page }]) => page === pathname);
    const source = sources.find(([, place]) => place.anchor === anchor) ?? sources[0];
    if (source !== undefined) return `${repositoryHome}/blob/main/${source[0]}`;
    if (pathname.startsWith("/reference/queue-cli")) return `${repositoryHome}/tree/main/packages/queue`;
    if (pathname.startsWith("/reference/cli")) return `${repositoryHome}/tree/main/packages/cli`;
    const written = pages.find(({ url }) => url === pathname);
    if (written === undefined)
      throw new Error(`A guide of packages/${name} links to ${pathname}, which is not a page.`);
    return `${repositoryHome}/blob/main/docs/site/pages/${written.path}`;
  }

  const guides = own.map((page) => ({
    path: page.path,
    text: mapLinks(plainText(page), (target) => linkFrom(page, target)),
  }));
  return [{ path: "index.md", text: renderIndex(name, own) }, ...guides];
}

function renderIndex(name: string, pages: readonly AssembledPage[]): string {
  const list = pages.map((page) => listItem(page.text, `./${page.path}`));
  return `# Guides of @retouch/${name}

The pages of the site that concern this package, in the version that is installed. Every option has a docstring in the
declarations (\`dist/*.d.ts\`).

${list.join("\n")}
`;
}
