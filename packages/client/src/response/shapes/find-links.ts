const beginning = /https?:\/\/|data:image\//gi;
// Excludes characters that cannot be in a URL, or that end one in Latin or Chinese prose; brackets are counted.
const plainPart = /[^\s<>"'`\\，。；）】》()[\]]*/y;
const imageExtension = /\.(?:png|jpe?g|webp|gif|avif|heic|bmp|tiff?)$/i;

/**
 * Returns the image links in a chat message: `data:` URIs, Markdown images with or without a title, `<img src>`, and
 * links, bare or not, whose path has an image extension. Each URL appears once, in order.
 */
export function findLinks(text: string): string[] {
  const links = new Set<string>();
  let end = 0;
  for (const { index } of text.matchAll(beginning)) {
    if (index < end) continue;
    end = endOf(text, index);
    const link = text.slice(index, end).replace(/[.,;:!?*_]{1,9}$/, "");
    if (isImage(link, text.slice(Math.max(0, index - 300), index))) links.add(link);
  }
  return [...links];
}

/** Returns where a URL ends: at the latest before a bracket that it did not open. */
function endOf(text: string, start: number): number {
  let depth = 0;
  for (let at = start; ; at++) {
    plainPart.lastIndex = at;
    at += plainPart.exec(text)?.[0].length ?? 0;
    if (text[at] === "(") depth++;
    else if (text[at] !== ")" || --depth < 0) return at;
  }
}

function isImage(link: string, before: string): boolean {
  if (/^data:/i.test(link)) return true;
  if (!URL.canParse(link)) return false;
  if (/src=["']?$/i.test(before)) return true;
  const label = before.slice(before.lastIndexOf("![") + 2);
  if (before.includes("![") && /^[^\]]*\]\(\s*<?$/.test(label)) return true;
  return imageExtension.test(new URL(link).pathname);
}
