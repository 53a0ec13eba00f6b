import { guides } from "../.vitepress/navigation.ts";
import { descriptionOf } from "./describe-page.ts";
import type { Page } from "./page.ts";

/** Makes the list of all guides, by the groups of the sidebar, with what each is about. */
export function guidesOverview(pages: readonly Page[]): Page {
  const texts = new Map(pages.map(({ path, text }) => [`/${path.replace(/\.md$/, "")}`, text]));
  const groups = guides.map(({ text, items = [] }) => {
    const rows = items.map((item) => {
      const page = texts.get(item.link ?? "");
      if (page === undefined)
        throw new Error(`The sidebar has ${item.link}, which is not a page. Correct \`navigation.ts\`.`);
      return `| [${item.text}](${item.link}) | ${descriptionOf(page) ?? ""} |`;
    });
    return `## ${text}\n\n| guide | |\n|---|---|\n${rows.join("\n")}`;
  });
  const description = "Every guide, with what it is about.";
  return {
    path: "guides/index.md",
    text: `---\ndescription: ${description}\n---\n\n# Guides\n\n${groups.join("\n\n")}\n`,
  };
}
