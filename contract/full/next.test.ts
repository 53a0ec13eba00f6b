import { type ChildProcess, spawn } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { type MockServer, startMockServer } from "@retouch/mock/server";
import type { Browser, BrowserContext } from "playwright";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { blocksOf } from "../src/docs/readme-blocks.ts";
import { launchChromium } from "../src/runtimes/launch-chromium.ts";
import { drawImage, padPng } from "../src/support/sample-images.ts";
import { type PackedDirectory, packPackages } from "./pack-packages.ts";

const key = "sk-next-0123456789abcdef-never-in-a-page";
const nodeRoute = "/api/image-edit";
const edgeRoute = "/api/on-the-edge";
let directory: PackedDirectory;
let mock: MockServer;
let next: ChildProcess | undefined;
let said = "";
let url: string;

/** Finds a README block by its content. */
function readmeCode(mark: RegExp): string {
  const found = blocksOf("packages/react-hooks/README.md").find(({ code }) => mark.test(code));
  if (found === undefined) throw new Error(`The README shows no code with ${mark}.`);
  return found.code;
}

async function write(file: string, text: string): Promise<void> {
  const at = path.join(directory.path, file);
  await mkdir(path.dirname(at), { recursive: true });
  await writeFile(at, text);
}

beforeAll(async () => {
  mock = await startMockServer({ apiKey: key, render: "drawn", scenario: "ok, then hang" });
  directory = await packPackages(["client", "react-hooks"]);
  await write("package.json", JSON.stringify({ private: true, type: "module" }));
  const others = [
    "next@16",
    "react@19",
    "react-dom@19",
    "typescript@5.9",
    "@types/react@19",
    "@types/node@24",
  ];
  await directory.install([...others, ...directory.tarballs]);
  const route = readmeCode(/export const POST/);
  const session = `export const isSignedIn = async (request: Request) =>
  /\\bsession=1\\b/.test(request.headers.get("cookie") ?? "");\n`;
  for (const [at, runtime] of [
    [nodeRoute, "nodejs"],
    [edgeRoute, "edge"],
  ] as const) {
    await write(`app${at}/route.ts`, `${route}\nexport const runtime = "${runtime}";\n`);
    await write(`app${at}/session.ts`, session);
  }
  await write("app/editor.tsx", readmeCode(/export function Editor/));
  await write("app/painter.tsx", readmeCode(/export function Painter/));
  await write("app/shared/shared.tsx", readmeCode(/export function App/));
  await write(
    "app/shared/page.tsx",
    'import { App } from "./shared";\n\nexport default function Page() {\n  return <App />;\n}\n',
  );
  // A server component that imports the types and the error guard, neither of which makes it a client component.
  await write(
    "app/page.tsx",
    `import { isRetouchError, type Problem } from "@retouch/client";
import type { EditStatus, Step } from "@retouch/react-hooks";
import { Editor } from "./editor";

const status: EditStatus = "idle";
const steps: readonly Step[] = [];
const problems: readonly Problem[] = [];

export default async function Page() {
  return <main data-seen={[status, steps.length, problems.length, isRetouchError(0)].join(" ")}><Editor /></main>;
}
`,
  );
  await write(
    "app/layout.tsx",
    `import type { ReactNode } from "react";

export default function Layout({ children }: { children: ReactNode }) {
  return <html lang="en"><body>{children}</body></html>;
}
`,
  );
  // It makes Next buffer and truncate every body, unless the README's setting prevents that.
  await write(
    "proxy.ts",
    'import { NextResponse } from "next/server";\n\nexport const proxy = () => NextResponse.next();\n',
  );
  await write("next.config.mjs", readmeCode(/proxyClientMaxBodySize/));
  const cli = path.join(directory.path, "node_modules/next/dist/bin/next");
  const env = { ...directory.env, NEXT_TELEMETRY_DISABLED: "1" };
  Object.assign(directory.env, env);
  // Without a key: a build must not need a secret.
  await directory.run(process.execPath, [cli, "build"]);
  next = spawn(process.execPath, [cli, "start", "-p", "0", "-H", "127.0.0.1"], {
    cwd: directory.path,
    env: { ...env, RETOUCH_API_KEY: key, RETOUCH_BASE_URL: mock.url },
    stdio: ["ignore", "pipe", "pipe"],
  });
  url = await new Promise<string>((resolve, reject) => {
    const read = (text: string): void => {
      said += text;
      const url = /http:\/\/127\.0\.0\.1:\d+/.exec(said);
      if (url && /Ready in/.test(said)) resolve(url[0]);
    };
    next?.stdout?.setEncoding("utf8").on("data", read);
    next?.stderr?.setEncoding("utf8").on("data", read);
    next?.once("exit", () => reject(new Error(`Next did not start: ${said}`)));
  });
}, 600_000);

afterAll(async () => {
  next?.kill();
  await mock?.close();
  await directory?.remove();
});

beforeEach(() => mock.reset());
afterEach(() => expect(said).not.toContain(key));

async function post(route: string, image: Uint8Array, headers: HeadersInit = { cookie: "session=1" }) {
  const form = new FormData();
  for (const [name, value] of Object.entries({ model: "gpt-image-1", prompt: "Make it night" }))
    form.append(name, value);
  form.append("image", new Blob([new Uint8Array(image)]), "photo.png");
  const response = await fetch(url + route, { method: "POST", headers, body: form });
  return { status: response.status, headers: response.headers, text: await response.text() };
}

describe.each([
  ["nodejs", nodeRoute],
  ["edge", edgeRoute],
])("the README's route under Next's runtime %s", (_, route) => {
  test("edits once for a signed-in page", async () => {
    const { status, headers, text } = await post(route, await drawImage("png", 64, 48));
    expect(status, text).toBe(200);
    expect(headers.get("cache-control")).toBe("no-store");
    expect(headers.get("x-request-id")).toBe(mock.requests[0]?.requestId);
    expect(JSON.parse(text)).toMatchObject({ data: [{ b64_json: expect.stringMatching(/^iVBOR/) }] });
    expect(mock.requests).toMatchObject([{ status: 200, parts: [{}, {}, { name: "image" }] }]);
    expect(text + JSON.stringify([...headers])).not.toContain(key);
  });

  test("accepts a form larger than Next's default limit", async () => {
    const large = padPng(await drawImage("png", 64, 48), 12 * 1024 * 1024);
    const { status, text } = await post(route, large);
    expect(status, text).toBe(200);
    expect(mock.requests[0]?.parts.at(-1)?.byteLength).toBe(large.length);
  });

  test.each([
    ["an anonymous user", 401, {}],
    ["a foreign page", 403, { cookie: "session=1", origin: "https://evil.example" }],
    ["a sibling's page", 403, { cookie: "session=1", "sec-fetch-site": "same-site" }],
  ])("refuses %s with %i and sends nothing", async (_who, refused, headers) => {
    const { status, text } = await post(route, await drawImage("png", 64, 48), headers);
    expect(status, text).toBe(refused);
    expect(mock.requests).toHaveLength(0);
  });

  test("aborts the upstream request when the page disconnects", async () => {
    await post(route, await drawImage("png", 64, 48));
    const controller = new AbortController();
    const body = new FormData();
    body.append("model", "gpt-image-1");
    body.append("prompt", "Make it night");
    body.append("image", new Blob([new Uint8Array(await drawImage("png", 64, 48))]), "photo.png");
    const hanging = fetch(url + route, {
      method: "POST",
      headers: { cookie: "session=1" },
      body,
      signal: controller.signal,
    });
    await vi.waitFor(() => expect(mock.requests[1]?.parts).toHaveLength(3), 20_000);
    controller.abort();
    await expect(hanging).rejects.toThrow();
    await vi.waitFor(() => expect(mock.requests[1]).toMatchObject({ aborted: true, done: true }), 20_000);
    expect(mock.requests).toHaveLength(2);
  });

  test("forwards every event of a stream", async () => {
    const form = new FormData();
    const fields = { model: "gpt-image-1", prompt: "Make it night", stream: "true", partial_images: "2" };
    for (const [name, value] of Object.entries(fields)) form.append(name, value);
    form.append("image", new Blob([new Uint8Array(await drawImage("png", 64, 48))]), "photo.png");
    const response = await fetch(url + route, {
      method: "POST",
      headers: { cookie: "session=1" },
      body: form,
    });
    expect(response.headers.get("content-type")).toMatch(/^text\/event-stream/);
    const events = (await response.text()).match(/^event: .*/gm);
    expect(events).toEqual([
      "event: image_edit.partial_image",
      "event: image_edit.partial_image",
      "event: image_edit.completed",
    ]);
  });
});

describe("the README's page in Chromium", () => {
  let browser: Browser;
  let context: BrowserContext;
  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterAll(() => browser?.close());
  beforeEach(async () => {
    context = await browser.newContext();
    await context.addCookies([{ name: "session", value: "1", url }]);
  });
  afterEach(() => context.close());

  test("edits, undoes and cancels, and no byte of its traffic contains the key", async () => {
    const page = await context.newPage();
    const received: Promise<Buffer>[] = [];
    const broken: string[] = [];
    page.on("pageerror", (error) => broken.push(error.message));
    page.on("response", (response) => {
      received.push(response.body().catch(() => Buffer.alloc(0))); // a canceled one has none
      received.push(response.allHeaders().then((headers) => Buffer.from(JSON.stringify(headers))));
    });
    await page.goto(url);
    expect(await page.locator("main").getAttribute("data-seen")).toBe("idle 0 0 false");
    const status = page.getByRole("status");
    await page.getByText("idle").waitFor();
    await page.setInputFiles("input", {
      name: "photo.png",
      mimeType: "image/png",
      buffer: Buffer.from(await drawImage("png", 64, 48)),
    });
    const shown = () => page.getByRole("img").getAttribute("src");
    const before = await shown();
    expect(before).toMatch(/^blob:/);

    await page.getByRole("button", { name: "Edit", exact: true }).click();
    await vi.waitFor(async () => expect(await status.textContent()).toMatch(/^success/), 30_000);
    expect(await shown()).not.toBe(before);
    expect(mock.requests).toMatchObject([{ status: 200, headers: { authorization: `Bearer ${key}` } }]);
    await page.getByRole("button", { name: "Undo" }).click();
    expect(await shown()).toBe(before);

    await page.getByRole("button", { name: "Edit", exact: true }).click();
    await vi.waitFor(() => expect(mock.requests[1]?.parts).toHaveLength(3), 20_000);
    await page.getByRole("button", { name: "Cancel" }).click();
    expect(await status.textContent()).toMatch(/^The edit was canceled\. .*may have been billed/);
    await vi.waitFor(() => expect(mock.requests[1]).toMatchObject({ aborted: true }), 20_000);

    await page.goto(`${url}/shared`);
    await page.getByRole("button", { name: "Undo" }).waitFor();
    const bytes = Buffer.concat(await Promise.all(received));
    expect(bytes.length).toBeGreaterThan(100_000);
    expect(bytes.includes(key)).toBe(false);
    expect(bytes.includes(key.slice(3, 20))).toBe(false);
    expect(broken).toEqual([]);
  });
});
