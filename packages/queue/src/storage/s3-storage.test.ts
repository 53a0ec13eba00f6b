import { randomBytes } from "node:crypto";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type S3Fault, type S3Request, startS3, type TestS3 } from "../fixtures/start-s3.ts";
import type { S3StorageOptions } from "./s3-client.ts";
import { s3Storage } from "./s3-storage.ts";

const asIs = { force: false };
const mebibyte = 2 ** 20;

let server: TestS3;
beforeAll(async () => {
  server = await startS3(["photos"]);
});
afterAll(() => server.close());

let scratch = "";
let temporary = "";
let prefix = "";
let runs = 0;
beforeEach(async () => {
  scratch = await mkdtemp(path.join(tmpdir(), "retouch-s3-"));
  temporary = path.join(scratch, "tmp");
  await mkdir(temporary);
  process.env["TMPDIR"] = temporary;
  prefix = `run-${runs++}`;
  Object.assign(server, { conditions: "honored", fault: undefined });
  server.requests.length = 0;
});
afterEach(async () => {
  process.env["TMPDIR"] = path.dirname(scratch);
  await rm(scratch, { recursive: true });
});

const open = (more: S3StorageOptions = {}) =>
  s3Storage(`s3://photos/${prefix}`, { ...server.options, ...more });

async function fileOf(content: string | Uint8Array, name = "local.png"): Promise<string> {
  const file = path.join(scratch, name);
  await writeFile(file, content);
  return file;
}

async function contentOf(name: string): Promise<string> {
  const storage = open();
  const file = await storage.fetchInput(name);
  const text = await readFile(file, "utf8");
  await storage.release(file);
  return text;
}

/** Breaks the first `count` requests that match. */
function failing(fault: S3Fault, matches: (request: S3Request) => boolean, count = 1): void {
  server.fault = (request) => (matches(request) && count-- > 0 ? fault : undefined);
}

const isPutOf = (name: string) => (request: S3Request) =>
  request.method === "PUT" && request.path.endsWith(`/${name}`);

describe(s3Storage, () => {
  it("stores images under odd names, and downloads them until `release`", async () => {
    const storage = open();
    await storage.check();
    const names = [
      "a b.png",
      "ü/日本.png",
      "100%.png",
      "a+b.png",
      "#1?x=2&y.png",
      "it's (1)*!.png",
      "%2e%2e/x.png",
    ];
    for (const name of names) await storage.put(name, await fileOf(name), asIs);
    for (const name of names) {
      const file = await storage.fetchInput(name);
      expect([path.basename(file), await readFile(file, "utf8")]).toEqual([path.posix.basename(name), name]);
      await storage.release(file);
    }
    expect([await storage.exists("./ü//日本.png"), await storage.exists("no.png")]).toEqual([true, false]);
    expect(await readdir(temporary)).toEqual([]);
    expect(storage.name).toBe(`s3://photos/${prefix}`);
  });

  it.each(["../a.png", "/a.png", "", "a/", "a\u0000.png", "x".repeat(1100)])(
    "accepts no name %#",
    async (name) => {
      const refused = { code: "invalid_path" };
      await expect(open().fetchInput(name)).rejects.toMatchObject(refused);
      await expect(open().put(name, await fileOf("x"), asIs)).rejects.toMatchObject(refused);
      expect(server.requests).toEqual([]);
    },
  );

  it("overwrites only with `force`, and accepts the same bytes again", async () => {
    const storage = open();
    await storage.put("a.png", await fileOf("one"), asIs);
    await storage.put("a.png", await fileOf("one"), asIs);
    await expect(storage.put("a.png", await fileOf("two"), asIs)).rejects.toMatchObject({
      code: "output_exists",
      exitCode: 10,
      outcome: "unknown",
    });
    expect(await contentOf("a.png")).toBe("one");
    await storage.put("a.png", await fileOf("two"), { force: true });
    expect(await contentOf("a.png")).toBe("two");
  });

  it("lets one of two writers have a name, also of images in parts", async () => {
    for (const byteLength of [10, 5 * mebibyte + 1]) {
      const name = `${byteLength}.png`;
      const contents = ["a", "b"].map((letter) => letter.repeat(byteLength));
      const files = await Promise.all(contents.map((content, index) => fileOf(content, String(index))));
      const storages = files.map(() => open({ partBytes: 5 * mebibyte }));
      const ends = await Promise.allSettled(
        storages.map((storage, index) => storage.put(name, files[index] ?? "", asIs)),
      );
      const [loser] = ends.flatMap((end) => (end.status === "rejected" ? [end.reason] : []));
      expect(ends.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
      expect(loser).toMatchObject({ code: "output_exists" });
      const winner = ends.findIndex(({ status }) => status === "fulfilled");
      expect((await contentOf(name)) === contents[winner]).toBe(true);
    }
    expect(server.openUploads.size).toBe(0);
  });

  it("uploads 20 MB in parts, and removes them when that fails", async () => {
    const image = randomBytes(20 * mebibyte);
    const storage = open();
    await storage.put("large.png", await fileOf(image), asIs);
    const input = await storage.fetchInput("large.png");
    expect(image.equals(await readFile(input))).toBe(true);
    await storage.release(input);
    const parts = server.requests.filter(({ query }) => query.has("partNumber"));
    expect(parts.map(({ query }) => query.get("partNumber"))).toEqual(["1", "2", "3"]);
    expect(parts.every(({ headers }) => /^[0-9a-f]{64}$/.test(String(headers["x-amz-content-sha256"])))).toBe(
      true,
    );

    failing({ status: 403, code: "AccessDenied" }, ({ query }) => query.get("partNumber") === "2");
    const second = open({ partBytes: 5 * mebibyte });
    await expect(
      second.put("second.png", await fileOf(image.subarray(0, 5 * mebibyte + 1)), asIs),
    ).rejects.toMatchObject({ code: "write_failed", exitCode: 11 });
    expect([server.openUploads.size, await storage.exists("second.png")]).toEqual([0, false]);
  });

  it.each([
    ["whole", 8 * mebibyte, isPutOf("a.png")],
    ["in parts", 5 * mebibyte, ({ method, query }: S3Request) => method === "POST" && query.has("uploadId")],
  ] as const)(
    "knows its own image, %s, when the response to it was cut off",
    async (_, partBytes, matches) => {
      failing("cut-response", matches);
      const content = "x".repeat(5 * mebibyte + 1);
      await open({ partBytes }).put("a.png", await fileOf(content), asIs);
      expect((await contentOf("a.png")) === content).toBe(true);
      // The SDK repeated it, and the server refused the second one.
      expect(server.requests.filter(matches)).toHaveLength(2);
    },
  );

  it("repeats what was cut off before the server saw it", async () => {
    failing("cut-request", () => true, 2);
    await open().put("a.png", await fileOf("x"), asIs);
    expect(await contentOf("a.png")).toBe("x");
  });

  it("repeats a write that met another one of the same name", async () => {
    const storage = open();
    await storage.check();
    failing({ status: 409, code: "ConditionalRequestConflict" }, isPutOf("a.png"));
    await storage.put("a.png", await fileOf("x"), asIs);
    expect(await contentOf("a.png")).toBe("x");
  });

  it("compares the length of what is stored", async () => {
    const storage = open();
    failing({ contentLength: 3 }, ({ method }) => method === "HEAD");
    await expect(storage.put("a.png", await fileOf("xxxx"), asIs)).rejects.toMatchObject({
      code: "write_failed",
      message: expect.stringContaining("3 bytes are there instead of 4"),
    });
  });

  it("returns no input that is cut, too large or of unknown length", async () => {
    const storage = open({ maxInputBytes: 1000 });
    await storage.put("a.png", await fileOf("x".repeat(1000)), asIs);
    await storage.put("b.png", await fileOf("x".repeat(1001)), asIs);
    for (const fault of ["cut-body", { contentLength: 1001 }, { contentLength: undefined }] as const) {
      server.fault = ({ method }) => (method === "GET" ? fault : undefined);
      const message =
        typeof fault === "object" && fault.contentLength === undefined ? "does not say how many" : "";
      await expect(storage.fetchInput("a.png")).rejects.toMatchObject({
        code: "file_unreadable",
        message: expect.stringContaining(message),
      });
    }
    server.fault = undefined;
    await expect(storage.fetchInput("b.png")).rejects.toMatchObject({
      code: "file_unreadable",
      message: expect.stringContaining("it has 1001 bytes, and at most 1000 are downloaded"),
    });
    await expect(storage.fetchInput("c.png")).rejects.toMatchObject({ code: "file_not_found" });
    expect(await readdir(temporary)).toEqual([]);
  });

  it("ends when the server is silent, or the caller aborts", async () => {
    const storage = open({ timeoutMs: 50 });
    server.fault = () => "silence";
    await expect(storage.fetchInput("a.png")).rejects.toMatchObject({ code: "file_unreadable" });
    await expect(storage.check()).rejects.toMatchObject({ exitCode: 2 });
    const abort = new AbortController();
    server.fault = () => {
      abort.abort();
      return "silence";
    };
    const { signal } = abort;
    await expect(open().put("a.png", await fileOf("x"), { force: false, signal })).rejects.toMatchObject({
      name: "AbortError",
    });
  });

  it.each([
    ["ignored", "ignores"],
    ["refused", "refuses"],
  ] as const)(
    "writes nothing to a server by which conditions are %s, unless asked to check first",
    async (conditions, word) => {
      server.conditions = conditions;
      const error = { exitCode: 2, message: expect.stringContaining(`${word} \`If-None-Match: *\``) };
      await expect(open().check()).rejects.toMatchObject(error);
      await expect(open().put("a.png", await fileOf("x"), asIs)).rejects.toMatchObject(error);
      const storage = open({ conditionalWrites: "check-first" });
      await storage.put("a.png", await fileOf("one"), asIs);
      await expect(storage.put("a.png", await fileOf("two"), asIs)).rejects.toMatchObject({
        code: "output_exists",
      });
      await storage.put("a.png", await fileOf("one"), asIs);
      expect(await contentOf("a.png")).toBe("one");
    },
  );

  it("says what is wrong with bucket, key, region and clock, and nothing secret", async () => {
    const problemOf = async (storage: { check(): Promise<void> }) =>
      storage.check().then(
        () => "none",
        (error: Error) => `${error.message} ${JSON.stringify(error.cause) ?? ""}`,
      );
    const secret = { accessKeyId: "AKIAWRONG", secretAccessKey: "secret-of-a-test" };
    const wrongSecret = { accessKeyId: "S3RVER", secretAccessKey: "secret-of-a-test" };
    const seen = {
      bucket: await problemOf(s3Storage("s3://missing/x", server.options)),
      id: await problemOf(open({ credentials: secret })),
      secret: await problemOf(open({ credentials: wrongSecret })),
      network: await problemOf(open({ endpoint: "http://127.0.0.1:1" })),
    };
    expect(seen).toEqual({
      bucket: expect.stringContaining("404 NoSuchBucket"),
      id: expect.stringContaining("403 InvalidAccessKeyId"),
      secret: expect.stringContaining("403 SignatureDoesNotMatch"),
      network: expect.stringContaining("ECONNREFUSED. Check `AWS_ENDPOINT_URL_S3`"),
    });
    expect(JSON.stringify(seen)).not.toMatch(/AKIAWRONG|secret-of-a-test|StringToSign/);
    const respond = (status: number, code: string, headers = {}) => {
      server.fault = () => ({ status, code, headers });
      return problemOf(open());
    };
    expect(await respond(301, "PermanentRedirect", { "x-amz-bucket-region": "eu-west-1" })).toContain(
      "301 PermanentRedirect (the bucket is in eu-west-1). Set `AWS_REGION` to the region of the bucket. Nothing was sent.",
    );
    expect(await respond(403, "RequestTimeTooSkewed")).toContain(
      "The clock of this machine is wrong. Set it.",
    );
    expect(await respond(403, "AccessDenied")).toContain("Allow `s3:GetObject`");
    // A HEAD has no body, so no code.
    server.fault = ({ method }) => (method === "HEAD" ? { status: 403, code: "" } : undefined);
    await expect(open().exists("a.png")).rejects.toMatchObject({
      code: "file_unreadable",
      message: expect.stringContaining("`s3:ListBucket`"),
    });
  });
});
