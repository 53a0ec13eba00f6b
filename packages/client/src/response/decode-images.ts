import { decodeBase64 } from "../bytes/base64.ts";
import type { RetouchCode } from "../errors/codes.ts";
import type { Problem } from "../errors/errors.ts";
import { hidePlaceholders } from "../errors/sanitize-text.ts";
import type { ImageFacts } from "../media/facts.ts";
import { inspectImage } from "../media/inspect-image.ts";
import { findImages } from "./find-images.ts";
import type { ImageStore, StoredImage } from "./image-store.ts";

/** One picture of an answer: its bytes, or where the server keeps it. */
export interface DecodedImage {
  readonly source?: StoredImage | undefined;
  /** What the headers of the bytes say. */
  readonly facts?: ImageFacts | undefined;
  readonly url?: string | undefined;
  readonly revisedPrompt?: string | undefined;
}

/** The pictures of an answer, and what is to be told about them. */
export interface DecodedImages {
  readonly images: readonly DecodedImage[];
  readonly warnings: readonly Problem[];
  /** How many were there but can not be read, and have no address either. */
  readonly damaged: number;
}

/**
 * Opens every picture that a parsed answer names: those that the scanner took out, by their word, and short ones that
 * stayed in the text.
 */
export async function decodeImages(
  response: unknown,
  taken: ReadonlyMap<string, StoredImage>,
  store: ImageStore,
): Promise<DecodedImages> {
  const images: DecodedImage[] = [];
  const warnings: Problem[] = [];
  let damaged = 0;
  const warn = (code: RetouchCode, message: string): void => {
    warnings.push({ severity: "warning", field: "image", code, message });
  };
  for (const [index, { base64, url, revisedPrompt }] of findImages(response).entries()) {
    const source = base64 === undefined ? undefined : openBase64(base64, taken, store);
    if (!source && url === undefined) {
      damaged++;
      warn("bad_base64", `Picture ${index + 1} of the answer is no valid base64 and is left out.`);
      continue;
    }
    const facts = source && (await inspectImage(source));
    if (facts?.format === "unknown" || facts?.problem) {
      const seen = facts.problem ?? "is of no format that is known";
      warn(
        "unrecognized_image",
        `Picture ${index + 1} of the answer ${seen}. Its bytes are given as they came.`,
      );
    }
    const said = revisedPrompt && hidePlaceholders(revisedPrompt);
    images.push({ source, facts, url, revisedPrompt: said });
  }
  return { images, warnings, damaged };
}

function openBase64(
  spelt: string,
  taken: ReadonlyMap<string, StoredImage>,
  store: ImageStore,
): StoredImage | undefined {
  const isUri = /^data:/i.test(spelt);
  const comma = spelt.indexOf(",");
  if (isUri && !/;base64$/i.test(spelt.slice(0, Math.max(0, comma)).slice(-99))) return undefined;
  const data = isUri ? spelt.slice(comma + 1) : spelt;
  const known = taken.get(data);
  if (known) return known;
  const chars = data.replace(/[ \t\r\n\f]+/g, "").replace(/={1,2}$/, "");
  // A character that is no ASCII becomes bytes that no base64 has.
  const bytes = decodeBase64(new TextEncoder().encode(chars));
  if (!bytes?.length) return undefined;
  const image = store.open();
  image.write(bytes);
  return image;
}
