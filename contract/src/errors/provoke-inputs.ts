import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createMask } from "@retouch/client/mask";
import { limitsOf, type NodeClientOptions } from "@retouch/client/node";
import sharp from "sharp";
import { vi } from "vitest";
import { imageIndex, segment } from "../../../packages/client/src/fixtures/make-jpeg.ts";
import { drawImage, mask, padPng, rotatedImage } from "../support/sample-images.ts";
import {
  always,
  clientOf,
  editAt,
  observe,
  type Provocation,
  params,
  png,
  success,
  type withServer,
} from "./observe.ts";

type Changes = Readonly<Record<string, unknown>>;

/** Sends an edit with some parameters changed to a server that would bill it. */
function edit(
  code: string,
  changes: () => Changes | Promise<Changes>,
  options: Partial<NodeClientOptions> = {},
): Provocation {
  const send = async (client: ReturnType<typeof clientOf>) =>
    client.edit({ ...params, ...(await changes()) } as never);
  return editAt(code, always(success), send, options);
}

/** Downloads an input image from a server, which responds as given. */
function download(
  code: string,
  listener: Parameters<typeof withServer>[0],
  limits: object = {},
): Provocation {
  return editAt(code, listener, (client, url) => client.edit({ ...params, image: `${url}/photo.png` }), {
    imageUrls: { allowPrivateAddresses: true, ...limits },
  });
}

async function inDirectory<Result>(work: (directory: string) => Promise<Result>): Promise<Result> {
  const directory = await mkdtemp(join(tmpdir(), "retouch-codes-"));
  try {
    return await work(directory);
  } finally {
    await rm(directory, { recursive: true });
  }
}

/** Sends an edit to the host of a shutdown, some days before it, through a `fetch` that responds as it would. */
function shutdown(code: string, daysBefore: number): Provocation {
  return async () => {
    const [first] = limitsOf("gpt-image-1").shutdowns;
    if (!first) throw new Error("gpt-image-1 has no shutdown. Choose a model with one.");
    vi.useFakeTimers({ toFake: ["Date"], now: Date.parse(first.date) - daysBefore * 86_400_000 });
    try {
      const fetch = async () => new Response(success);
      const client = clientOf(`https://${first.host}`, { fetch });
      return [await observe(code, () => client.edit(params))];
    } finally {
      vi.useRealTimers();
    }
  };
}

function detached(): Uint8Array {
  const bytes = new Uint8Array(png);
  structuredClone(bytes, { transfer: [bytes.buffer] });
  return bytes;
}

const outsideBox = { x: 99, y: 0, width: 9, height: 9 };

/** A mask with a transparent pixel and a half-transparent one. */
async function softMask(): Promise<Uint8Array> {
  const pixels = Buffer.alloc(64 * 64 * 4, 255);
  pixels[3] = 0;
  pixels[7] = 128;
  return sharp(pixels, { raw: { width: 64, height: 64, channels: 4 } })
    .png()
    .toBuffer();
}

/** Adds the index of an MPO file with two images to a JPEG. */
function withIndex(jpeg: Uint8Array): Uint8Array {
  return Buffer.concat([jpeg.subarray(0, 2), segment(0xe2, imageIndex(2, false)), jpeg.subarray(2)]);
}

/** Gives a JPEG the frame type of another coding. */
function withFrame(jpeg: Uint8Array, marker: number): Uint8Array {
  const bytes = Buffer.from(jpeg);
  bytes[bytes.indexOf(Buffer.from([0xff, 0xc0])) + 1] = marker;
  return bytes;
}

/** Provocations of problems with the parameters of an edit. */
export const inputs: Readonly<Record<string, Provocation>> = {
  missing: edit("missing", () => ({ prompt: "" })),
  refused: edit("refused", () => ({ response_format: "url" })),
  wrong_type: edit("wrong_type", () => ({ n: {} })),
  not_allowed: edit("not_allowed", () => ({ quality: "odd" })),
  out_of_range: edit("out_of_range", () => ({ n: 99 })),
  too_long: edit("too_long", () => ({ prompt: "x".repeat(40_000) })),
  too_many: edit("too_many", () => ({ image: Array(17).fill(png) })),
  too_large: edit("too_large", async () => ({ model: "dall-e-2", image: padPng(png, 5_000_000) })),
  wrong_size: edit("wrong_size", async () => ({ mask: await mask("holed", 32) })),
  wrong_format: edit("wrong_format", async () => ({ image: await drawImage("gif") })),
  not_square: edit("not_square", async () => ({ model: "dall-e-2", image: await drawImage("png", 64, 32) })),
  no_alpha: edit("no_alpha", async () => ({ mask: await mask("flat") })),
  opaque: edit("opaque", async () => ({ mask: await mask("opaque") })),
  soft_alpha: edit("soft_alpha", async () => ({ mask: await softMask() })),
  missing_end: edit("missing_end", () => ({ image: png.subarray(0, -4) })),
  cmyk: edit("cmyk", async () => ({ image: await sharp(png).toColourspace("cmyk").jpeg().toBuffer() })),
  multiple_images: edit("multiple_images", async () => ({ image: withIndex(await drawImage("jpeg")) })),
  arithmetic_jpeg: edit("arithmetic_jpeg", async () => ({ image: withFrame(await drawImage("jpeg"), 0xc9) })),
  lossless_jpeg: edit("lossless_jpeg", async () => ({ image: withFrame(await drawImage("jpeg"), 0xc3) })),
  unchecked: edit("unchecked", () => ({ image: { url: "https://images.example/photo.png" } }), {
    dialect: { body: "json" },
  }),
  unchecked_end: edit("unchecked_end", async () => ({
    image: withFrame(await drawImage("jpeg"), 0xc9).subarray(0, -2),
  })),
  rotated: edit("rotated", async () => ({ image: await rotatedImage(64, 64), mask: await mask("holed") })),
  outside: async () => [
    await observe("outside", async () => createMask({ width: 64, height: 64 }).rectangle(outsideBox)),
  ],
  conflict: edit("conflict", () => ({ background: "transparent", output_format: "jpeg" })),
  notice: edit("notice", () => ({ model: "dall-e-3" })),
  invalid_image: edit("invalid_image", () => ({ image: new Blob(["no image"]) })),
  unknown_field: edit("unknown_field", () => ({ promt: "x" })),
  known_field: edit("known_field", () => ({ extra: { n: 1 } })),
  shut_down: shutdown("shut_down", -1),
  shutting_down: shutdown("shutting_down", 10),
  changed: () =>
    inDirectory(async (directory) => {
      const file = join(directory, "photo.png");
      await writeFile(file, png);
      const onRequest = () => writeFile(file, Buffer.concat([png, png]));
      return editAt("changed", always(success), (client) => client.edit({ ...params, image: file }), {
        onRequest,
      })();
    }),
  bytes_detached: edit("bytes_detached", () => ({ image: detached() })),
  invalid_path: edit("invalid_path", () => ({ image: "a\0b" })),
  invalid_url: edit("invalid_url", () => ({ image: new URL("ftp://a.example/b.png") })),
  file_not_found: edit("file_not_found", () => ({ image: "missing.png" })),
  file_unreadable: () =>
    inDirectory(async (directory) => {
      // A socket exists, and cannot be opened.
      const file = join(directory, "socket");
      const server = createServer();
      await new Promise<void>((resolve) => server.listen(file, resolve));
      try {
        return await edit("file_unreadable", () => ({ image: file }))();
      } finally {
        await new Promise((resolve) => server.close(resolve));
      }
    }),
  not_a_file: edit("not_a_file", () => ({ image: tmpdir() })),
  url_failed: download("url_failed", always("", 404)),
  url_private: editAt("url_private", always(Buffer.from(png)), (client, url) =>
    client.edit({ ...params, image: `${url}/photo.png` }),
  ),
  url_redirected: download("url_redirected", always("", 302, { location: "https://a.example" })),
  url_timeout: download("url_timeout", () => undefined, { timeoutMs: 1 }),
};
