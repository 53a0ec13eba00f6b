import { unescapeJson } from "../../errors/read-escapes.ts";
import type { TextRange } from "../../errors/redactor.ts";

/** The host name and port of the upstream server. */
export interface UpstreamHost {
  /** The host name, as `URL.hostname` spells it. */
  readonly host: string;
  /** Empty for the default port. */
  readonly port: string;
}

/** The http(s) links that are not redacted: a link can be the image that was billed. */
export type AllowedLinks = "all" | "images" | "public";

/** A function that finds host names, ports and IP addresses in a text, JSON escapes included. */
export type FindAddresses = (text: string, allowed: AllowedLinks) => TextRange[];

// A link ends at whitespace, quotes and brackets; other tokens also at punctuation. Both alternatives are linear.
const tokens = /[a-z][a-z\d+.-]*:\/\/[^\s"'<>`)\]]*|[^\s"'`<>(),;|={}]+/gi;
const imagePath = /\.(?:png|jpe?g|webp|gif|svg|avif|heic|bmp|tiff?)$/i;
/** Longer than any host name with its port; longer tokens are data. */
const maxTokenLength = 300;

const networkNames = [
  /\b\d{1,3}(?:\.\d{1,3}){3}\b/,
  // IPv6: eight groups, or a `::` between hexadecimal groups.
  /(?<![\w:])(?:[\da-f]{1,4}:){7}[\da-f]{1,4}(?![\w:])/i,
  /(?<![\w:])(?:(?:[\da-f]{1,4}:){1,7}:|::(?=[\da-f]))(?:[\da-f]{1,4}(?::[\da-f]{1,4}){0,6})?(?![\w:])/i,
  // Name with a port: `db.internal:5432`, `backend:8080`.
  /\b[\w-]+(?:\.[\w-]+)+:\d{2,5}\b/,
  /(?<![\w.-])[a-z][\w-]*:\d{4,5}\b/i,
  /\blocalhost\b/i,
  /[\w-]\.(?:internal|local|localdomain|localhost|lan|intranet|corp|home\.arpa)\b/i,
];

/** Creates a function that finds the upstream's own name, port and domain, and anything that looks like an address. */
export function createAddressFinder({ host, port }: UpstreamHost): FindAddresses {
  const own = ownNames(host, port);
  return (text, allowed) => {
    const { text: plain, starts } = unescapeJson(text);
    const found: TextRange[] = [];
    for (const { 0: token, index } of plain.matchAll(tokens)) {
      if (!isRedacted(token, plain.slice(Math.max(0, index - 1), index))) continue;
      const end = index + token.length;
      found.push({ start: starts?.[index] ?? index, end: starts?.[end] ?? end });
    }
    return found;

    function isRedacted(token: string, before: string): boolean {
      const isLink = /^https?:\/\//i.test(token);
      if (isLink && allowed === "all") return false;
      if (isLink && allowed === "images" && isImageLink(token, before)) return false;
      const name = isLink ? authorityOf(token) : token;
      return name.length <= maxTokenLength && [...own, ...networkNames].some((pattern) => pattern.test(name));
    }
  };
}

/** Returns whether a link is shown as an image: in Markdown, or by the extension of its path. */
function isImageLink(link: string, before: string): boolean {
  return before === "(" || (URL.canParse(link) && imagePath.test(new URL(link).pathname));
}

function authorityOf(link: string): string {
  return link.replace(/^https?:\/\//i, "").replace(/[/?#].*/s, "");
}

function ownNames(host: string, port: string): RegExp[] {
  const names = host === "" ? [] : [new RegExp(`(?<![\\w.-])(?:[\\w-]+\\.)*${quote(host)}(?![\\w-])`, "i")];
  // `db.example.com` belongs to upstream like `api.example.com`; a parent without a dot is a public suffix.
  const parent = /^[^.]*[a-z][^.]*\.([^.]+\..*[a-z])$/i.exec(host)?.[1];
  if (parent !== undefined) names.push(new RegExp(`\\b[\\w-]+\\.${quote(parent)}(?![\\w-])`, "i"));
  if (port !== "") names.push(new RegExp(`^\\W*${port}\\W*$`), new RegExp(`:${port}\\b`));
  return names;
}

function quote(text: string): string {
  return text.replace(/[^\w]/g, "\\$&");
}
