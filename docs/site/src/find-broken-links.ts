import { existsSync, globSync, readFileSync } from "node:fs";
import path from "node:path";

/** A link of a built page that leads nowhere. */
export interface BrokenLink {
  readonly page: string;
  readonly target: string;
  readonly reason: string;
}

/** Returns the links between the pages of a built site whose page, anchor or file does not exist. */
export function findBrokenLinks(dist: string): BrokenLink[] {
  const pages = new Map(
    globSync("**/*.html", { cwd: dist }).map((file) => {
      const html = readFileSync(path.join(dist, file), "utf8");
      return [
        `/${file
          .replaceAll("\\", "/")
          .replace(/(?:^|(?<=\/))index\.html$/, "")
          .replace(/\.html$/, "")}`,
        html,
      ];
    }),
  );
  const idsOf = new Map(
    [...pages].map(([url, html]) => [url, new Set([...html.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id))]),
  );
  return [...pages].flatMap(([page, html]) =>
    [
      ...new Set([...html.matchAll(/ (?:href|src)="([^"]+)"/g)].map(([, target = ""]) => decode(target))),
    ].flatMap((target) => {
      const reason = whyBroken(target, page);
      return reason === undefined ? [] : [{ page, target, reason }];
    }),
  );

  function whyBroken(target: string, from: string): string | undefined {
    if (/^[a-z]+:|^\/\//i.test(target)) return undefined;
    const { pathname, hash } = new URL(target, `https://site.invalid${from}`);
    const url = pages.has(pathname) ? pathname : pathname.replace(/\.html$/, "");
    if (!pages.has(url)) return existsSync(path.join(dist, pathname)) ? undefined : "does not exist.";
    const id = decodeURIComponent(hash.slice(1));
    return id === "" || idsOf.get(url)?.has(id) ? undefined : "has no such heading.";
  }
}

function decode(text: string): string {
  return text.replaceAll("&amp;", "&").replaceAll("&quot;", '"');
}
