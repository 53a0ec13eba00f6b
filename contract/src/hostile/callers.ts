import { inspect } from "node:util";
import { createImageClient, type EditedImage, type ImageClient, isRetouchError } from "@retouch/client";
import { createImageClient as createNodeClient } from "@retouch/client/node";
import { createImageEditHandler } from "@retouch/client/server";

/** The key that no one may see. */
export const key = "sk-hostile-4711-abcdefghijklmnop";
/** Ends what would never end. */
export const timeoutMs = 4000;
export const maxAnswerBytes = 2 ** 20;
/** A server that a page could reach, as far as a proxy knows: requests to it go to the server of the test. */
export const upstream = "https://upstream.example";

/** How an edit ended. */
export interface Ended {
  /** The images' bytes as base64. */
  readonly images: readonly string[];
  readonly error?: { readonly name: string; readonly outcome: string; readonly code: string } | undefined;
  readonly warnings: readonly string[];
  /** Everything that may be shown to a person. */
  readonly shown: string;
}

/** A function that edits through a server of hostile behavior, by one of the ways that we offer. */
export type Caller = (baseUrl: string, image: Uint8Array<ArrayBuffer>) => Promise<Ended>;

/** The callers of this process. */
export const callers: Readonly<Record<string, Caller>> = {
  fetch: (baseUrl, image) =>
    run(createImageClient({ apiKey: key, baseUrl, timeoutMs, maxAnswerBytes }), image),
  node: (baseUrl, image) => run(createNodeClient({ apiKey: key, baseUrl, timeoutMs, maxAnswerBytes }), image),
  proxy: (baseUrl, image) => {
    const { origin, pathname } = new URL(baseUrl);
    const toServer: typeof fetch = (url, init) => fetch(String(url).replace(upstream, origin), init);
    const handle = createImageEditHandler({
      apiKey: key,
      baseUrl: upstream + pathname,
      authorize: () => true,
      timeoutMs,
      fetch: toServer,
    });
    const client = createImageClient({
      apiKey: "the-key-of-a-page",
      baseUrl: "https://page.example",
      // Results are not proxied.
      fetch: (url, init) => (init?.method === "POST" ? handle(new Request(url, init)) : toServer(url, init)),
      timeoutMs: 2 * timeoutMs,
      maxAnswerBytes,
    });
    return run(client, image);
  },
};

async function run(client: ImageClient, image: Uint8Array<ArrayBuffer>): Promise<Ended> {
  try {
    const { images, warnings } = await client.edit({ model: "acme-9", image, prompt: "A red hat" });
    return {
      images: await bytesOf(images),
      warnings: warnings.map(({ code }) => code),
      shown: JSON.stringify(warnings) + warnings.map(({ message }) => message).join(),
    };
  } catch (error) {
    if (!isRetouchError(error)) throw error;
    const { name, outcome, code, message } = error;
    // `inspect` escapes what is in strings; `toString` and the stack are shown as they are.
    const shown = [message, error, error.stack, inspect(error, { depth: 9 }), JSON.stringify(error)].join(
      "\n",
    );
    return { images: [], error: { name, outcome, code }, warnings: [], shown };
  }
}

async function bytesOf(images: readonly EditedImage[]): Promise<string[]> {
  const all: string[] = [];
  for (const image of images) all.push(Buffer.from(await image.bytes()).toString("base64"));
  return all;
}
