import { endsEarly, type HeaderInfo, type HeaderReader, setSize } from "./image-headers.ts";

/** How far the root element of an SVG is searched: comments, entities and metadata may come before it. */
export const maxPrologBytes = 32_768;

const rootName = /<(?:[\w.-]{1,99}:)?svg(?=[\s/>])/iy;
const unquoted = /[^"'>]*/y;

/** Returns the root tag of an SVG document, or `undefined` if the document is something else. */
export function svgRootOf(text: string): string | undefined {
  for (let at = 0; ; ) {
    while (/\s/.test(text[at] ?? "")) at++;
    const end = endOfProlog(text, at);
    if (end === at) return rootAt(text, at);
    if (end < 0) return undefined;
    at = end;
  }
}

/** Returns the root tag at `at`, up to its end or to a quote that is not closed. A pattern for it overflows the stack. */
function rootAt(text: string, at: number): string | undefined {
  rootName.lastIndex = at;
  if (!rootName.test(text)) return undefined;
  for (let end = rootName.lastIndex; ; ) {
    unquoted.lastIndex = end;
    unquoted.test(text);
    end = unquoted.lastIndex;
    const mark = text[end];
    if (mark === ">") return text.slice(at, end + 1);
    const close = mark === undefined ? -1 : text.indexOf(mark, end + 1);
    if (close < 0) return text.slice(at, end);
    end = close + 1;
  }
}

/** Returns the end of the declaration, comment or doctype at `at`: `at` itself without one, -1 if it does not end. */
function endOfProlog(text: string, at: number): number {
  const after = (mark: string, from: number): number => {
    const index = text.indexOf(mark, from);
    return index < 0 ? -1 : index + mark.length;
  };
  if (text.startsWith("<?", at)) return after("?>", at);
  if (text.startsWith("<!--", at)) return after("-->", at + 4);
  if (!/^<!doctype/i.test(text.slice(at, at + 9))) return at;
  const end = after(">", at);
  // Searched up to there only: a text may consist of doctypes.
  const subset = text.slice(at, end < 0 ? undefined : end).indexOf("[");
  if (subset < 0) return end;
  // Entities of a doctype are in brackets, each with a `>` of its own.
  const close = text.indexOf("]", at + subset);
  return close < 0 ? -1 : after(">", close);
}

/** Reads the size of an SVG from its root element, and checks that its text is complete. */
export function* readSvg(info: HeaderInfo, byteLength: number): HeaderReader {
  const head = yield [0, maxPrologBytes];
  const tag = svgRootOf(new TextDecoder().decode(head).trimStart()) ?? "";
  const [widthPx, heightPx] = sizeIn(tag);
  if (widthPx && heightPx) setSize(info, widthPx, heightPx);
  const tail = new TextDecoder().decode(yield [Math.max(0, byteLength - 256), byteLength]);
  return /(?:<\/(?:[\w.-]+:)?svg\s*>|\/>)(?:\s|<!--[^>]*-->)*$/i.test(tail) ? undefined : endsEarly;
}

/** Returns the size in CSS pixels: `width` and `height`, or what the `viewBox` says of one that is missing or relative. */
function sizeIn(tag: string): [number, number] {
  const attribute = (name: string): string =>
    new RegExp(`\\s${name}\\s*=\\s*["']\\s*([^"']*)`).exec(tag)?.[1] ?? "";
  const [, , boxWidth = 0, boxHeight = 0] = attribute("viewBox")
    .split(/[\s,]+/)
    .map(Number);
  const width = pixelsOf(attribute("width"));
  const height = pixelsOf(attribute("height"));
  const ratio = boxWidth > 0 && boxHeight > 0 ? boxWidth / boxHeight : undefined;
  const shown = [
    width ?? (height && ratio ? height * ratio : boxWidth),
    height ?? (width && ratio ? width / ratio : boxHeight),
  ];
  return shown.map((value) => (value > 0 ? Math.max(1, Math.round(value)) : 0)) as [number, number]; // two in, two out
}

/** CSS pixels in each absolute unit (CSS Values 4, 6.2). */
const unitPx: Readonly<Record<string, number>> = {
  "": 1,
  px: 1,
  pt: 4 / 3,
  pc: 16,
  in: 96,
  cm: 96 / 2.54,
  mm: 96 / 25.4,
};

/** Longer than any length: the pattern takes the square of digits and of spaces. */
const maxLengthChars = 64;

function pixelsOf(length: string): number | undefined {
  if (length.length > maxLengthChars) return undefined;
  const [, number, unit = ""] = /^\+?(\d*\.?\d+(?:e[+-]?\d+)?)\s*([a-z]*)\s*$/i.exec(length) ?? [];
  const factor = unitPx[unit.toLowerCase()];
  return number === undefined || factor === undefined ? undefined : Number(number) * factor;
}
