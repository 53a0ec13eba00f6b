import { buildImageClient, type ImageClient } from "./build-image-client.ts";
import type { ImageClientOptions } from "./options.ts";

/**
 * Creates a client for any runtime that has `fetch`.
 *
 * @throws ConfigurationError (`not-sent`) for options that can not work, or that would show the key to others.
 * @example
 * const client = createImageClient({ apiKey });
 * const { images } = await client.edit({ model: "gpt-image-1", image: photo, prompt: "A red hat" });
 */
export function createImageClient(options: ImageClientOptions = {}): ImageClient {
  return buildImageClient({}, options);
}
