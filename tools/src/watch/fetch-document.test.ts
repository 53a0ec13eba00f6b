import { describe, expect, it } from "vitest";
import { FetchError, fetchDocument } from "./fetch-document.ts";
import { serveDocument } from "./serve-document.ts";

const text = "openapi: 3.0.1\npaths: {}\n";
const tooLarge = Buffer.alloc(8 * 1024 * 1024 + 1, "#");

async function failure(url: string, options?: { timeoutMs: number }): Promise<string> {
  const error: unknown = await fetchDocument(url, options).catch((cause: unknown) => cause);
  if (!(error instanceof FetchError)) throw new Error("No FetchError was thrown.", { cause: error });
  return error.message;
}

describe(fetchDocument, () => {
  it("returns the bytes", async () => {
    const bytes = Buffer.from([0xef, 0xbb, 0xbf, 0x61, 0xff]);
    expect(await fetchDocument(await serveDocument(bytes))).toEqual(bytes);
  });

  it("takes exactly 8 MB, and refuses more, announced or sent", async () => {
    const most = tooLarge.subarray(1);
    expect((await fetchDocument(await serveDocument(most))).length).toBe(most.length);
    const announced = await serveDocument((_request, response) => {
      response.writeHead(200, { "content-length": tooLarge.length }).flushHeaders();
    });
    expect(await failure(announced)).toContain("is larger than 8 MB");
    const sent = await serveDocument((_request, response) => {
      response.write(tooLarge);
      response.end();
    });
    expect(await failure(sent)).toContain("is larger than 8 MB");
  });

  it("follows a redirect on the same host, to the end", async () => {
    const url = await serveDocument((request, response) => {
      if (request.url === "/latest") response.end(text);
      else response.writeHead(302, { location: "/latest" }).end();
    });
    expect((await fetchDocument(url)).toString()).toBe(text);
  });

  it("requests nothing from another host or port that it is redirected to", async () => {
    const requests: string[] = [];
    const other = await serveDocument((request, response) => {
      requests.push(request.url ?? "");
      response.end(text);
    });
    for (const location of [
      other,
      other.replace("http:", ""),
      "https://127.0.0.1:1/",
      "file:///etc/hostname",
    ]) {
      const url = await serveDocument((_request, response) => response.writeHead(301, { location }).end());
      expect(await failure(url)).toMatch(/redirects to .* That host is not followed/);
    }
    expect(requests).toEqual([]);
  });

  it("gives up on redirects without an end", async () => {
    let count = 0;
    const url = await serveDocument((_request, response) => {
      count += 1;
      response.writeHead(307, { location: `/${count}` }).end();
    });
    expect(await failure(url)).toContain("redirects more than 5 times");
    expect(count).toBe(6);
  });

  it.each([404, 403, 500, 503, 204, 206, 304])("reports status %i", async (status) => {
    const url = await serveDocument((_request, response) => response.writeHead(status).end());
    expect(await failure(url)).toContain(`returned ${status}`);
  });

  it.each([
    ["its content type", "text/html; charset=utf-8", "```yaml\nopenapi: 3.0.1\n```"],
    ["its first line", "text/plain", "\n<!DOCTYPE html>\n<p>openapi: 3.0.1</p>"],
    ["its first element", "application/yaml", "<html lang=en><p>openapi: 3.0.1</p>"],
  ])("recognizes an HTML page by %s", async (_title, type, body) => {
    const url = await serveDocument((_request, response) =>
      response.writeHead(200, { "content-type": type }).end(body),
    );
    expect(await failure(url)).toContain("is an HTML page");
  });

  it("says that a download ends early", async () => {
    const url = await serveDocument((_request, response) => {
      response.writeHead(200, { "content-length": 1000 });
      response.write(text, () => response.destroy());
    });
    expect(await failure(url)).toMatch(/ends early|did not respond/);
  });

  it("stops when the time is over, before the response and inside it", async () => {
    const silent = await serveDocument(() => undefined);
    expect(await failure(silent, { timeoutMs: 50 })).toContain("took longer than 0.05 s");
    const slow = await serveDocument((_request, response) => void response.write(text));
    expect(await failure(slow, { timeoutMs: 50 })).toContain("took longer than 0.05 s");
  });

  it.each(["http://example.com/spec", "file:///etc/hostname", "https://user:pass@example.com/", "spec.yaml"])(
    "fetches nothing from %s",
    async (url) => expect(await failure(url)).toContain("only https URLs"),
  );

  it.each([
    "https://10.0.0.1/spec",
    "https://169.254.169.254/latest",
    "https://[fd00::1]/spec",
    "https://0.0.0.0/",
  ])("refuses the private address of %s", async (url) =>
    expect(await failure(url)).toContain("an address of a private network"),
  );

  it("says that no server responds", async () => {
    expect(await failure("http://127.0.0.1:1/spec")).toContain("did not respond");
  });
});
