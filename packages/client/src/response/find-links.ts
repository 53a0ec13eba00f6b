const beginning = /https?:\/\/|data:image\//gi;
// Without what can not stand in an address, or ends one in prose of either alphabet; brackets are counted.
const plainPart = /[^\s<>"'`\\，。；）】》()[\]]*/y;
const pictureExtension = /\.(?:png|jpe?g|webp|gif|avif|heic|bmp|tiff?)$/i;

/**
 * Finds the pictures in a message of a chat: `data:` URIs, Markdown images with or without a title, `<img src>`, and
 * links, bare or not, whose path has a picture's extension. Each address once, in order.
 */
export function findLinks(text: string): string[] {
  const links = new Set<string>();
  let end = 0;
  for (const { index } of text.matchAll(beginning)) {
    if (index < end) continue;
    end = endOf(text, index);
    const link = text.slice(index, end).replace(/[.,;:!?*_]{1,9}$/, "");
    if (isPicture(link, text.slice(Math.max(0, index - 300), index))) links.add(link);
  }
  return [...links];
}

/** Finds where an address ends: before a bracket that it did not open, at the latest. */
function endOf(text: string, start: number): number {
  let depth = 0;
  for (let at = start; ; at++) {
    plainPart.lastIndex = at;
    at += plainPart.exec(text)?.[0].length ?? 0;
    if (text[at] === "(") depth++;
    else if (text[at] !== ")" || --depth < 0) return at;
  }
}

function isPicture(link: string, before: string): boolean {
  if (/^data:/i.test(link)) return true;
  if (!URL.canParse(link)) return false;
  if (/src=["']?$/i.test(before)) return true;
  const label = before.slice(before.lastIndexOf("![") + 2);
  if (before.includes("![") && /^[^\]]*\]\(\s*<?$/.test(label)) return true;
  return pictureExtension.test(new URL(link).pathname);
}
