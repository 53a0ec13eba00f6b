import { encodeBase64 } from "./base64.ts";
import type { EditedImage } from "./edited-image.ts";
import { fetchResult } from "./fetch-result.ts";
import { inspectImage } from "./inspect-image.ts";
import type { AnswerImage } from "./open-pictures.ts";
import type { ResultOrigin } from "./result-origin.ts";

/** Creates one result picture over the bytes of an answer, or over the address that it named. */
export function createEditedImage(
  { source, facts, url, revisedPrompt }: AnswerImage,
  origin: ResultOrigin,
  expiresAt: Date | undefined,
): EditedImage {
  let known = facts;
  let fetched: Promise<Uint8Array<ArrayBuffer>> | undefined;

  const read = async (): Promise<Uint8Array<ArrayBuffer>> => {
    if (source) return new Uint8Array(await source.slice(0, source.byteLength));
    fetched ??= fetchResult(url ?? "", origin);
    try {
      const bytes = await fetched;
      known ??= await inspectImage({
        byteLength: bytes.length,
        slice: async (start, end) => bytes.subarray(start, end),
        pieces: async function* () {
          yield bytes;
        },
      });
      return bytes.slice();
    } catch (error) {
      // An address that failed may work a second later: it is not remembered as broken.
      fetched = undefined;
      throw error;
    }
  };

  return {
    bytes: read,
    async blob() {
      const bytes = await read();
      return new Blob([bytes], { type: known?.mediaType ?? "" });
    },
    async dataUrl() {
      const base64 = encodeBase64(await read());
      return `data:${known?.mediaType ?? "application/octet-stream"};base64,${base64}`;
    },
    url,
    expiresAt: url === undefined ? undefined : expiresAt,
    revisedPrompt,
    get mediaType() {
      return known?.mediaType;
    },
    get width() {
      return known?.widthPx;
    },
    get height() {
      return known?.heightPx;
    },
  };
}
