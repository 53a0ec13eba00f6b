import { minSecretLength } from "../../errors/min-secret-length.ts";
import { unescapeJson } from "../../errors/read-escapes.ts";
import { createRedactor, createSecretFinder, replaceRanges, type TextRange } from "../../errors/redactor.ts";
import { type AllowedLinks, createAddressFinder, type UpstreamHost } from "./find-addresses.ts";
import type { FindInSegment, Segment } from "./segment.ts";

/** The parts of an upstream's response that a page must not see. */
export interface UpstreamSecrets extends UpstreamHost {
  readonly key: string;
  readonly prompt: string;
  /** Texts that the page itself sent, such as the model. They reveal nothing. */
  readonly sent: readonly string[];
}

/** Redactor of the key and the upstream's network. */
export interface UpstreamRedactor {
  /** Finds both in a segment of a body that is forwarded. */
  readonly findInSegment: FindInSegment;
  /** Removes both, and the prompt, from consecutive texts: a key that is split over two is found in the second. */
  redact(text: string): string;
  /** Returns whether a header's value reveals one of them. */
  reveals(value: string): boolean;
}

/** Protocol names that a key made of words could contain: without them a page cannot find the image. */
const protocolNames = new Set(
  (
    "created data b64_json url image_url revised_prompt usage total_tokens input_tokens output_tokens input_tokens_details " +
    "output_tokens_details text_tokens image_tokens background output_format quality size type partial_image_index " +
    "sequence_number choices message content delta role assistant finish_reason index object model images error code param " +
    "image_edit.partial_image image_edit.completed image_generation.partial_image image_generation.completed " +
    "chat.completion chat.completion.chunk completion_tokens prompt_tokens transparent opaque"
  ).split(" "),
);

/** Members whose values are images or links to images. */
const imageMembers = new Set(["url", "image_url", "data", "images"]);
/** Members of gateways, whose values may be links to images, or sentences. */
const resultMembers = new Set("b64_json image image_urls urls uri output outputs result results".split(" "));

/** Creates the redactor of one request's upstream. */
export function createUpstreamRedactor(secrets: UpstreamSecrets): UpstreamRedactor {
  const { findKey, findAddresses } = findersOf(secrets);
  const redactPrompt = createRedactor([{ text: secrets.prompt, minMatch: 24 }]);
  const isKnown = (text: string): boolean => protocolNames.has(text) || secrets.sent.includes(text);
  let tail = "";

  const findKeyAfter = (before: string, text: string): TextRange[] =>
    findKey(before + text)
      .map(({ start, end }) => ({ start: Math.max(0, start - before.length), end: end - before.length }))
      .filter(({ end }) => end > 0);

  return {
    findInSegment(segment) {
      const { text, role, before, isComplete } = segment;
      if (isComplete && isTerm(segment) && isKnown(unescapeJson(text).text.trim())) return [];
      const found = findKeyAfter("", text);
      for (const earlier of before) found.push(...findKeyAfter(earlier, text));
      if (role !== "value") {
        const allowed = allowedLinksOf(segment);
        if (allowed !== undefined) found.push(...findAddresses(text, allowed));
      }
      return found;
    },
    redact(text) {
      const shown = replaceRanges(text, findKeyAfter(tail, text), "[redacted]");
      tail = (tail + text).slice(-96);
      const named = redactPrompt(shown);
      return replaceRanges(named, findAddresses(named, "public"), "[address]");
    },
    reveals: (value) => findKey(value).length > 0 || findAddresses(value, "public").length > 0,
  };
}

/** The finders of the last request: most handlers have one key and one upstream, and a key has many spellings. */
let known:
  | (UpstreamHost & { readonly key: string; readonly finders: ReturnType<typeof createFinders> })
  | undefined;

function findersOf(secrets: UpstreamSecrets): ReturnType<typeof createFinders> {
  const { key, host, port } = secrets;
  if (known?.key !== key || known.host !== host || known.port !== port)
    known = { key, host, port, finders: createFinders(secrets) };
  return known.finders;
}

function createFinders({ key, host, port }: UpstreamSecrets) {
  return {
    findKey: createSecretFinder({ text: key, minMatch: minSecretLength, isToken: true }),
    findAddresses: createAddressFinder({ host, port }),
  };
}

/** Returns whether a segment can hold a protocol name: parts of a split message may look like one. */
function isTerm({ role, name }: Segment): boolean {
  if (role === "line") return name === "\nevent:";
  return role === "name" || (protocolNames.has(name) && name !== "content" && name !== "message");
}

/** Returns which links are allowed, or `undefined` to search nothing, because a change would break the protocol. */
function allowedLinksOf({ text, role, name }: Segment): AllowedLinks | undefined {
  if (role === "line") return name === "\nretry:" ? undefined : "images";
  if (imageMembers.has(name)) return /^\s*(?:https?:|\\?\/|data:)/i.test(text) ? undefined : "all";
  if (resultMembers.has(name) && /^\s*https?:\S*\s*$/i.test(text)) return undefined;
  return name === "content" || name === "text" ? "images" : "public";
}
