// What can not stand in an address, or ends one in prose of either alphabet.
const address = /(?:https?:\/\/|data:image\/)[^\s<>"'`\\，。；）】》]+/gi;
const pictureExtension = /\.(?:png|jpe?g|webp|gif|avif|heic|bmp|tiff?)$/i;

/**
 * Finds the pictures in a message of a chat: `data:` URIs, Markdown images with or without a title, `<img src>`, and
 * links, bare or not, whose path has a picture's extension. Each address once, in order.
 */
export function findLinks(text: string): string[] {
  const links = new Set<string>();
  address.lastIndex = 0;
  for (let match = address.exec(text); match; match = address.exec(text)) {
    const link = trimLink(match[0]);
    address.lastIndex = match.index + Math.max(link.length, 1);
    if (isPicture(link, text.slice(Math.max(0, match.index - 300), match.index))) links.add(link);
  }
  return [...links];
}

/** Cuts what follows the address: a bracket that it did not open, and the punctuation of a sentence. */
function trimLink(link: string): string {
  let depth = 0;
  for (let at = 0; at < link.length; at++) {
    const character = link[at];
    if (character === "(") depth++;
    else if (character === "]" || (character === ")" && --depth < 0)) return link.slice(0, at);
  }
  return link.replace(/[.,;:!?*_]{1,9}$/, "");
}

function isPicture(link: string, before: string): boolean {
  if (/^data:/i.test(link) || /src=["']?$/i.test(before)) return true;
  const label = before.slice(before.lastIndexOf("![") + 2);
  if (before.includes("![") && /^[^\]]*\]\(\s*<?$/.test(label)) return true;
  return URL.canParse(link) && pictureExtension.test(new URL(link).pathname);
}
