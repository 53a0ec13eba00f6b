import { posix } from "node:path";
import type { Repository } from "./manifest-facts.ts";

/** What a path of the repository is; undefined when nothing is there. */
export type LinkTarget = "file" | "directory" | undefined;

/** The start and the target of a link or an image: of Markdown, its definition elsewhere, or an attribute of HTML. */
const links = /(\]\(|^\[[^\]]+\]:\s+|\b(?:href|src|srcset)=")([^\s)"]+)/gm;
/** Blocks and spans of code. A span may go on in the next line of its paragraph. */
const code = /(^(?:```|~~~)[\s\S]*?^(?:```|~~~)[^\n]*$|`(?:[^`\n]|\n(?!\s*\n))+`)/m;
const images = /\.(?:png|jpe?g|gif|webp|svg)$/i;

/**
 * Makes every relative link of a README absolute: the page of a package on a registry has neither the repository's files
 * nor the package's. Links within the page, `#section`, stay.
 *
 * @param find - What a path, relative to the root, is.
 * @throws Error when a link has no target.
 */
export function absoluteLinks(
  markdown: string,
  directory: string,
  home: Repository,
  find: (path: string) => LinkTarget,
): string {
  const web = `https://github.com/${home.owner}/${home.name}`;
  const raw = `https://raw.githubusercontent.com/${home.owner}/${home.name}/main`;
  const absolute = (link: string): string => {
    if (!isRelative(link)) return link;
    const [target = "", section] = link.split("#");
    const path = posix.join(directory, target).replace(/\/$/, "");
    const found = find(path);
    if (found === undefined)
      throw new Error(`${directory}/README.md links to ${link}, which does not exist.`);
    if (images.test(path)) return `${raw}/${path}`;
    const url = `${web}/${found === "file" ? "blob" : "tree"}/main/${path}`;
    return section === undefined ? url : `${url}#${section}`;
  };
  return markdown
    .split(code)
    .map((part, index) =>
      index % 2 === 1
        ? part
        : part.replace(links, (_, start: string, link: string) => start + absolute(link)),
    )
    .join("");
}

/** Returns the relative links of a README, which no page of a package can follow. */
export function relativeLinks(markdown: string): string[] {
  return markdown
    .split(code)
    .filter((_, index) => index % 2 === 0)
    .flatMap((part) =>
      [...part.matchAll(links)].flatMap(([, , link = ""]) => (isRelative(link) ? [link] : [])),
    );
}

function isRelative(link: string): boolean {
  return !/^(?:#|[a-z][a-z\d+.-]*:|\/\/)/i.test(link);
}
