import { singleFlight } from "../async/single-flight.ts";
import { encodeBase64 } from "../bytes/base64.ts";
import type { EditedImage, ReadImageOptions } from "../edited-image.ts";
import { inspectImage } from "../media/inspect-image.ts";
import type { DecodedImage } from "../response/decode-images.ts";
import { type DownloadContext, downloadImage } from "./download-image.ts";
import { resolveResultUrl } from "./trusted-server.ts";

/** Creates one result image from the bytes of a response, or from the URL in it. */
export function createEditedImage(
  { source, info, url: givenUrl, revisedPrompt }: DecodedImage,
  context: DownloadContext,
  expiresAt: Date | undefined,
): EditedImage {
  let known = info;
  const url = givenUrl === undefined ? undefined : resolveResultUrl(givenUrl, context.base);
  let fetchBytes: ReturnType<typeof singleFlight<Uint8Array<ArrayBuffer>>> | undefined;

  const read = async ({ signal }: ReadImageOptions = {}): Promise<Uint8Array<ArrayBuffer>> => {
    signal?.throwIfAborted();
    // A stored image is read into bytes of the caller's own.
    if (source) return source.slice(0, source.byteLength);
    fetchBytes ??= singleFlight((waiting) => downloadImage(url ?? "", context, waiting));
    const bytes = await fetchBytes(signal);
    known ??= await inspectImage({
      byteLength: bytes.length,
      slice: async (start, end) => bytes.subarray(start, end),
      chunks: async function* () {
        yield bytes;
      },
    });
    return bytes.slice();
  };

  const image: EditedImage = {
    bytes: read,
    async blob(options) {
      const bytes = await read(options);
      return new Blob([bytes], { type: known?.mediaType ?? "" });
    },
    async dataUrl(options) {
      const base64 = encodeBase64(await read(options));
      return `data:${known?.mediaType ?? "application/octet-stream"};base64,${base64}`;
    },
    url,
    expiresAt: url === undefined ? undefined : expiresAt,
    revisedPrompt,
    mediaType: known?.mediaType,
    width: known?.widthPx,
    height: known?.heightPx,
  };
  // Of a URL they are known after the download. Other images have no accessors: see `memoryStore`.
  if (!source)
    Object.defineProperties(image, {
      mediaType: { get: () => known?.mediaType },
      width: { get: () => known?.widthPx },
      height: { get: () => known?.heightPx },
    });
  return image;
}
