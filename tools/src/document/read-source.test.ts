import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { readSource } from "./read-source.ts";

const path = "/v1/images/edits";
const text = `openapi: 3.0.1\ninfo: { title: Größe 图像 }\npaths: { ${path}: { post: {} } }\n`;

async function fileOf(bytes: Uint8Array | string): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), "retouch-source-"));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  await writeFile(join(directory, "spec.yaml"), bytes);
  return join(directory, "spec.yaml");
}

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => new Promise<void>((resolve) => void server.close(() => resolve())));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/spec`; // a TCP server has a port
}

// 图像 and ö in the encodings that a vendor's editor may save.
const gb18030 = Buffer.from([0xcd, 0xbc, 0xcf, 0xf1]);
const latin1 = Buffer.from([0xf6]);

describe("readSource", () => {
  it("reads UTF-8 with and without a byte order mark", async () => {
    expect(await readSource(await fileOf(text), path)).toBe(text);
    expect(await readSource(await fileOf(`\uFEFF${text}`), path)).toBe(text);
  });

  it.each([
    ["GB18030", Buffer.concat([Buffer.from("openapi: 3.0.1\ninfo: { title: "), gb18030]), "line 2"],
    ["Latin-1", Buffer.concat([Buffer.from("openapi: 3.0.1\n\n# "), latin1, Buffer.from("\n")]), "line 3"],
    ["UTF-16", Buffer.from(`\uFEFF${text}`, "utf16le"), "line 1"],
  ])("refuses %s and names the line", async (_title, bytes, line) => {
    const file = await fileOf(bytes);
    await expect(readSource(file, path)).rejects.toThrow(`${file} is not UTF-8: ${line}`);
  });

  it("refuses a file over 8 MB, and one that a server announces or sends", async () => {
    const tooLarge = Buffer.alloc(8 * 1024 * 1024 + 1, "#");
    await expect(readSource(await fileOf(tooLarge), path)).rejects.toThrow("is larger than 8 MB");
    const announced = await serve((_request, response) => {
      response.writeHead(200, { "content-length": tooLarge.length }).flushHeaders();
      response.on("close", () => {});
    });
    await expect(readSource(announced, path)).rejects.toThrow("is larger than 8 MB");
    const sent = await serve((_request, response) => void response.end(tooLarge));
    await expect(readSource(sent, path)).rejects.toThrow("is larger than 8 MB");
  });

  it("follows no redirect to another host, and names that host", async () => {
    const seen: string[] = [];
    const other = await serve((request, response) => {
      seen.push(request.url ?? "");
      response.end(text);
    });
    const url = await serve((_request, response) => response.writeHead(302, { location: other }).end());
    await expect(readSource(url, path)).rejects.toThrow(`redirects to ${new URL(other).origin}`);
    await expect(readSource("http://example.com/spec", path)).rejects.toThrow("only https URLs");
    expect(seen).toEqual([]);
  });

  it("says that a download ends early", async () => {
    const url = await serve((_request, response) => {
      response.writeHead(200, { "content-length": 1000 });
      response.write(text, () => response.destroy());
    });
    await expect(readSource(url, path)).rejects.toThrow(/ends early|did not respond/);
  });
});
