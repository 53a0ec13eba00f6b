import { parse } from "yaml";

const frontMatter = /^---\n(.*?)\n---\n+/s;

/** Removes the front matter of a page, which only the site understands. */
export function withoutFrontMatter(text: string): string {
  return text.replace(frontMatter, "");
}

/**
 * Returns what a page is about, in one sentence: the `description` of its front matter, else the first sentence below its
 * title, if it begins with one.
 */
export function descriptionOf(text: string): string | undefined {
  const facts = parse(frontMatter.exec(text)?.[1] ?? "") as { readonly description?: string } | null;
  if (facts?.description !== undefined) return facts.description;
  const [first = ""] = withoutFrontMatter(text)
    .replace(/^# .*\n+/, "")
    .split("\n\n");
  if (!/^[\w@`[]/.test(first)) return undefined;
  const plain = first.replaceAll(/\s+/g, " ").replaceAll(/\[([^\]]*)\]\([^)]*\)/g, "$1");
  return /^.*?[.:](?= |$)/.exec(plain)?.[0].replace(/:$/, ".");
}
