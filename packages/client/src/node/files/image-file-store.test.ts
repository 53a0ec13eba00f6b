import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { InvalidResponseError } from "../../errors/errors.ts";
import { inChunks, thenCut } from "../../fixtures/in-chunks.ts";
import type { DecodedImage } from "../../response/decode-images.ts";
import { readEvents } from "../../response/events/read-events.ts";
import { readJson } from "../../response/read-json.ts";
import type { ImageFilesOptions } from "../options.ts";
import type { ClientFiles } from "../surroundings.ts";
import { nextTick } from "../transport/write-body.ts";
import { makeDirectory, nodeFiles } from "./durable-file.ts";
import { createImageFileStore } from "./image-file-store.ts";

let directory = "";
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "retouch-files-"));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

const pngHead = Buffer.from("89504e470d0a1a0a0000000d49484452000000020000000308060000000000000000", "hex");
const png = Buffer.concat([pngHead, Buffer.alloc(700_000, "png bytes ")]);
const jpeg = Buffer.concat([Buffer.from("ffd8ffe0", "hex"), Buffer.alloc(9000, "jpeg bytes ")]);
const small = Buffer.from("\0small");
const noise = Buffer.alloc(900_000, "no image !");

const toImage = ({ source }: DecodedImage) => ({
  path: source?.path,
  bytes: async () => new Uint8Array((await source?.slice(0, source.byteLength)) ?? []),
  blob: async () => new Blob(),
  dataUrl: async () => "",
});
const responseOf = (...images: Buffer[]) =>
  JSON.stringify({ data: images.map((bytes) => ({ b64_json: bytes.toString("base64") })) });
const read = (text: string, options: Partial<ImageFilesOptions> = {}) =>
  readJson(inChunks(text, 65_536), {
    toImage,
    store: createImageFileStore({ directory: directory, ...options }),
  });
const errorOf = async (reading: Promise<unknown>): Promise<InvalidResponseError> => {
  const error = await reading.catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(InvalidResponseError);
  return error as InvalidResponseError; // as asserted
};

describe("createImageFileStore", () => {
  it("writes one file per image, in order, named after its bytes", async () => {
    const { images } = await read(responseOf(png, jpeg, small));
    expect(images.map(({ path }) => path)).toEqual(
      ["edit-1.png", "edit-2.jpg", "edit-3.bin"].map((name) => join(directory, name)),
    );
    for (const [index, bytes] of [png, jpeg, small].entries()) {
      expect((await readFile(images[index]?.path ?? "")).equals(bytes)).toBe(true);
      expect(Buffer.from((await images[index]?.bytes()) ?? []).equals(bytes)).toBe(true);
    }
    expect(await readdir(directory)).toHaveLength(3);
  });

  it("syncs each image before it has its name, and their directory once, after all names", async () => {
    const log: string[] = [];
    const files: ClientFiles = {
      ...nodeFiles,
      async open(...args) {
        const file = await nodeFiles.open(...args);
        const sync = file.sync.bind(file);
        return Object.assign(file, { sync: () => sync().then(() => void log.push(`sync ${args[0]}`)) });
      },
      link(from, to) {
        log.push(`link ${from}`);
        return nodeFiles.link(from, to);
      },
      async syncDirectory(path) {
        log.push(`names ${path}`);
      },
    };
    const store = createImageFileStore({ directory }, files);
    await readJson(inChunks(responseOf(png, jpeg, png), 65_536), { toImage, store });
    const at = log.flatMap((entry, index) => (entry.startsWith("link") ? [index] : []));
    expect(at).toHaveLength(3);
    for (const index of at) {
      const synced = log.indexOf(String(log[index]).replace("link", "sync"));
      expect(synced).toBeGreaterThanOrEqual(0);
      expect(synced).toBeLessThan(index);
    }
    expect(log.filter((entry) => entry.startsWith("names"))).toEqual([`names ${directory}`]);
    expect(log.at(-1)).toBe(`names ${directory}`);
  });

  it("names files with `pathFor`, and creates their directories", async () => {
    const { images } = await read(responseOf(png, jpeg), {
      directory: join(directory, "new"),
      pathFor: ({ index, extension, widthPx = 0 }) => `sub/${index}-${widthPx}.${extension}`,
    });
    expect(images.map(({ path }) => path)).toEqual(
      ["sub/1-2.png", "sub/2-0.jpg"].map((name) => join(directory, "new", name)),
    );
  });

  it("saves an image under its temporary name when the system has no file of the other one", async () => {
    vi.stubGlobal("process", Object.create(process, { platform: { value: "win32" } }));
    try {
      const { message, images } = await errorOf(read(responseOf(png), { pathFor: () => "nul.png" }));
      expect(message).toContain('(Windows reserves the name "nul.png" for a device)');
      expect(Buffer.from((await images[0]?.bytes()) ?? []).equals(png)).toBe(true);
      expect(await readdir(directory)).not.toContain("nul.png");
    } finally {
      vi.unstubAllGlobals();
    }
  });

  it("keeps an existing file unless `overwrite` is set", async () => {
    await writeFile(join(directory, "edit-1.png"), "mine");
    const first = await read(responseOf(png));
    expect(first.images[0]?.path).toBe(join(directory, "edit-1-2.png"));
    expect(await readFile(join(directory, "edit-1.png"), "utf8")).toBe("mine");
    await read(responseOf(png), { overwrite: true });
    expect((await readFile(join(directory, "edit-1.png"))).equals(png)).toBe(true);
    expect((await readdir(directory)).sort()).toEqual(["edit-1-2.png", "edit-1.png"]);
  });

  it("keeps the complete images of a response that is cut off, and no incomplete ones", async () => {
    const text = responseOf(png, jpeg, png).slice(0, -300_000);
    const error = await errorOf(read(text));
    expect((await readdir(directory)).sort()).toEqual(["edit-1.png", "edit-2.jpg"]);
    expect(error.images).toHaveLength(2);
    expect(Buffer.from((await error.rawBody()) ?? []).toString() === text).toBe(true);
  });

  it("keeps the complete images when the connection is cut", async () => {
    const store = createImageFileStore({ directory: directory });
    const text = responseOf(jpeg, png).slice(0, -300_000);
    await expect(
      readJson(thenCut(text, "cut"), {
        toImage,
        store,
        onBodyFailure: (_, { images }) => images.map(({ path }) => path),
      }),
    ).rejects.toEqual([join(directory, "edit-1.jpg")]);
    expect(await readdir(directory)).toEqual(["edit-1.jpg"]);
  });

  it("leaves no file behind for a response without an image", async () => {
    const error = await errorOf(read(JSON.stringify({ noise: noise.toString("base64") })));
    expect(await readdir(directory)).toEqual([]);
    expect(Buffer.from((await error.rawBody()) ?? []).toString()).toContain(noise.toString("base64"));
  });

  it("keeps images in memory with a warning when their directory cannot be created", async () => {
    await writeFile(join(directory, "file"), "");
    const error = await errorOf(read(responseOf(png, small), { directory: join(directory, "file", "sub") }));
    expect(error).toMatchObject({ code: "write_failed", params: { systemCode: "ENOTDIR" } });
    expect(error.message).toContain("could not be written");
    const [first, second] = await Promise.all(error.images.map((image) => image.bytes()));
    expect(Buffer.from(first ?? []).equals(png)).toBe(true);
    expect(Buffer.from(second ?? []).equals(small)).toBe(true);
  });

  it("leaves no unhandled rejection while an image waits in memory for a directory that cannot be created", async () => {
    const unhandled = vi.fn();
    process.on("unhandledRejection", unhandled);
    try {
      const file = join(directory, "file");
      await writeFile(file, "");
      const store = createImageFileStore({ directory: file });
      const image = store.open();
      image.write(new Uint8Array(small));
      await store.flush?.();
      // The store's own attempt was queued before these, and a rejection is reported a turn after it.
      for (let turn = 0; turn < 4; turn++) await makeDirectory(file).catch(() => nextTick());
      expect(unhandled).not.toHaveBeenCalled();
      await store.close?.({ retain: true });
      expect(Buffer.from(await image.slice(0, image.byteLength)).equals(small)).toBe(true);
    } finally {
      process.off("unhandledRejection", unhandled);
    }
  });

  it("keeps the temporary file of an image that cannot be renamed, and reports its path", async () => {
    await writeFile(join(directory, "file"), "");
    const error = await errorOf(read(responseOf(png), { pathFor: () => "file/edit.png" }));
    const [left = ""] = (await readdir(directory)).filter((name) => name.endsWith(".part"));
    expect(error.message).toContain(join(directory, left));
    expect((await readFile(join(directory, left))).equals(png)).toBe(true);
  });

  it("writes the completed images of a stream, and no partial images", async () => {
    const event = (type: string, bytes: Buffer) =>
      `event: image_edit.${type}\ndata: ${JSON.stringify({ b64_json: bytes.toString("base64") })}\n\n`;
    const text =
      event("partial_image", jpeg) +
      event("completed", png) +
      event("partial_image", jpeg) +
      event("completed", jpeg);
    const store = createImageFileStore({ directory: directory });
    const paths: unknown[] = [];
    for await (const given of readEvents(inChunks(text, 65_536), { toImage, store, requested: 2 })) {
      if (given.type === "completed") paths.push(...given.result.images.map(({ path }) => path));
      else expect(Buffer.from(await given.image.bytes()).equals(jpeg)).toBe(true);
    }
    expect(paths).toEqual([join(directory, "edit-1.png"), join(directory, "edit-2.jpg")]);
    expect(await readdir(directory)).toHaveLength(2);
  });
});
