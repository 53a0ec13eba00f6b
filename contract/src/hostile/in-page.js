/** Edits in a page: bundled, and called by `page-callers.ts`. */
import { createImageClient, createProxyClient, isRetouchError } from "@retouch/client/browser";

/** @param {{ options: object, image: number[] }} input */
globalThis.editInPage = async ({ options, image }) => {
  try {
    const client = "url" in options ? createProxyClient(options) : createImageClient(options);
    const result = await client.edit({ model: "acme-9", image: Uint8Array.from(image), prompt: "A red hat" });
    const images = [];
    for (const one of result.images) images.push((await one.dataUrl()).replace(/^.*,/, ""));
    const { warnings } = result;
    return { images, warnings: warnings.map(({ code }) => code), shown: JSON.stringify(warnings) };
  } catch (error) {
    if (!isRetouchError(error))
      return { images: [], warnings: [], shown: `${error}`, error: { name: `${error}` } };
    const { name, outcome, code, message, cause } = error;
    const shown = [message, error.stack, cause, JSON.stringify(error)].join("\n");
    return { images: [], error: { name, outcome, code }, warnings: [], shown };
  }
};
