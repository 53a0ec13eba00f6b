import type { MarkdownOptions } from "vitepress";

/** A flag or a name with hyphens. Browsers break lines behind each of them: `--max-` `cost`. Longer ones have to break. */
const hyphenated = /[\w.@/]*-[\w.@/-]*/g;
const maxLength = 30;

const isUnbroken = (word: string): boolean => word.length > 1 && word.length <= maxLength;

/** Keeps flags and names in one line, in blocks of code and in text. What is copied does not change. */
export const unbrokenWords: MarkdownOptions = {
  codeTransformers: [
    {
      name: "unbroken-words",
      span(token) {
        token.children = token.children.flatMap<(typeof token.children)[number]>((child) =>
          child.type === "text" ? split(child.value) : [child],
        );
      },
    },
  ],
  config(markdown) {
    const render = markdown.renderer.rules.code_inline;
    if (render === undefined)
      throw new Error("VitePress has no rule for code in text. Adapt `unbrokenWords`.");
    markdown.renderer.rules.code_inline = (...args) =>
      render(...args).replace(
        /^(<code[^>]*>)(.*)(<\/code>)$/s,
        (_, open: string, code: string, close: string) =>
          open +
          code.replaceAll(hyphenated, (word) =>
            isUnbroken(word) ? `<span class="unbroken">${word}</span>` : word,
          ) +
          close,
      );
  },
};

type Node = { type: "text"; value: string } | UnbrokenNode;
interface UnbrokenNode {
  type: "element";
  tagName: "span";
  properties: { class: string };
  children: [{ type: "text"; value: string }];
}

function split(text: string): Node[] {
  const nodes: Node[] = [];
  let end = 0;
  for (const { 0: word, index } of text.matchAll(hyphenated)) {
    if (!isUnbroken(word)) continue;
    nodes.push({ type: "text", value: text.slice(end, index) });
    nodes.push({
      type: "element",
      tagName: "span",
      properties: { class: "unbroken" },
      children: [{ type: "text", value: word }],
    });
    end = index + word.length;
  }
  return [...nodes, { type: "text", value: text.slice(end) }];
}
