import path from "node:path";
import { codeLines } from "./sections.ts";

/** The scheme of links that `resolveLinks` replaces once all pages are known: `repository:docs/models.md#prices`. */
export const scheme = "repository:";

const link = /(!?\[(?:[^\]\\`]|\\.|`[^`]*`)*\]\()([^)\s]+)(\))/g;
/** Spans of code stay; so do attributes of HTML that name no file. */
const attribute = /`[^`\n]*`|(\b(?:src|srcset|href)=")([^"\s]+)(")/g;
const isAbsolute = (target: string): boolean => /^(?:[a-z]+:|\/)/i.test(target);

/** Rewrites the links of Markdown and its HTML outside code. */
export function mapLinks(text: string, map: (target: string, isImage: boolean) => string): string {
  const lines = text.split("\n");
  const isCode = codeLines(lines);
  // The text of a link may go on in the next line, so lines outside code are read together.
  const parts: string[][] = [];
  for (const [at, line] of lines.entries()) {
    if (at > 0 && isCode[at] === isCode[at - 1]) parts.at(-1)?.push(line);
    else parts.push([line]);
  }
  return parts
    .map((part, at) => {
      const isText = (at % 2 === 0) !== (isCode[0] ?? false);
      const joined = part.join("\n");
      return isText ? mapText(joined, map) : joined;
    })
    .join("\n");
}

function mapText(text: string, map: (target: string, isImage: boolean) => string): string {
  // An image may be the text of a link, so links are replaced from the inside out.
  return text
    .replace(link, (_, open: string, target: string, close: string) =>
      [open, map(target, open.startsWith("!")), close].join(""),
    )
    .replace(attribute, (all, open?: string, target = "", close = "") =>
      open === undefined ? all : open + map(target, !open.startsWith("href")) + close,
    );
}

/** Rewrites the relative links of a file of the repository to its paths. */
export function markLinks(text: string, file: string): string {
  return mapLinks(text, (target) => {
    if (isAbsolute(target)) return target;
    if (target.startsWith("#")) return `${scheme}${file}${target}`;
    const [linked = "", anchor] = target.split("#");
    const from = path.posix.normalize(path.posix.join(path.posix.dirname(file), linked));
    return `${scheme}${from}${anchor === undefined ? "" : `#${anchor}`}`;
  });
}
