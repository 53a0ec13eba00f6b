import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createImageClient, type ImageClient, type Outcome } from "@retouch/client";
import { createImageClient as createNodeClient } from "@retouch/client/node";
import { type MockServer, type ScenarioName, scenarioNames, startMockServer } from "@retouch/mock/server";
import { directTransport, EditSession } from "@retouch/react-hooks";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { heldSeconds, withHeldDeadline } from "../cli/support/held-deadline.ts";
import { runCli } from "../cli/support/run-cli.ts";
import { drawImage } from "../support/sample-images.ts";

/** The expected client result of a scenario, images or an error, and the CLI's exit code. */
interface Row {
  readonly ends: "result" | `${string} ${Outcome}`;
  readonly exit: number;
  /** The server's error code, if it sends one. */
  readonly code?: string;
  /** How many POSTs reach the server; 1 unless the failure cannot have been billed and is temporary. */
  readonly posts?: number;
  /** Played to `stream`, not to `edit`. */
  readonly streams?: true;
}

/** One row for each scenario of the mock: the compiler rejects a table without one of them. */
const table: Readonly<Record<ScenarioName, Row>> = {
  ok: { ends: "result", exit: 0 },
  "chat-completion": { ends: "result", exit: 0 },
  url: { ends: "result", exit: 0 },
  "rate-limited": { ends: "HttpError rejected", code: "rate_limit_exceeded", exit: 5, posts: 3 },
  quota: { ends: "HttpError rejected", code: "insufficient_quota", exit: 5 },
  moderation: { ends: "HttpError rejected", code: "moderation_blocked", exit: 6 },
  unauthorized: { ends: "HttpError rejected", code: "invalid_api_key", exit: 4 },
  "model-not-found": { ends: "HttpError rejected", code: "model_not_found", exit: 1 },
  "server-error": { ends: "HttpError unknown", code: "server_error", exit: 8 },
  "html-524": { ends: "HttpError unknown", exit: 8 },
  hang: { ends: "TimeoutError unknown", exit: 8 },
  reset: { ends: "NetworkError unknown", exit: 8 },
  truncated: { ends: "NetworkError unknown", exit: 8 },
  "bad-base64": { ends: "InvalidResponseError unknown", exit: 8 },
  empty: { ends: "InvalidResponseError unknown", exit: 8 },
  "wrong-type": { ends: "result", exit: 0 },
  slow: { ends: "result", exit: 0 },
  "stream-cut": { ends: "NetworkError unknown", exit: 8, streams: true },
  "stream-as-json": { ends: "result", exit: 0, streams: true },
  "error-200": { ends: "InvalidResponseError unknown", code: "upstream_error", exit: 8 },
  "html-200": { ends: "InvalidResponseError unknown", exit: 8 },
};

let sample: Uint8Array;
let directory: string;
const params = { model: "gpt-image-1", prompt: "Paint it", size: "1024x1024" } as const;
/** Timeout for the server that never responds: long enough to send the form on a busy machine, short enough for a test. */
const timeoutOf = (scenario: ScenarioName): number => (scenario === "hang" ? 8_000 : 60_000);

beforeAll(async () => {
  sample = await drawImage("png", 96, 64);
  directory = await mkdtemp(join(tmpdir(), "retouch-scenarios-"));
});

afterAll(() => rm(directory, { recursive: true }));

async function playTo<T>(scenario: ScenarioName, use: (baseUrl: string, server: MockServer) => Promise<T>) {
  const server = await startMockServer({ scenario, render: "drawn" });
  try {
    const ended = await use(server.url, server);
    const posts = server.requests.filter(({ method }) => method === "POST").length;
    return { ended, posts };
  } finally {
    await server.close();
  }
}

async function endOf(client: ImageClient, streams: boolean): Promise<object> {
  try {
    const images = [];
    if (streams) {
      for await (const event of client.stream({ ...params, image: sample, partial_images: 2 })) {
        if (event.type === "completed") images.push(...event.result.images);
      }
    } else images.push(...(await client.edit({ ...params, image: sample })).images);
    const [image] = images;
    const bytes = await image?.bytes();
    expect(bytes?.length).toBeGreaterThan(0);
    return { ends: "result" };
  } catch (error) {
    const { name, outcome, code } = error as { name: string; outcome: Outcome; code: string };
    return { ends: `${name} ${outcome}`, code };
  }
}

test("every scenario of the mock has a row", () => {
  expect(Object.keys(table)).toEqual(scenarioNames);
});

describe.concurrent.each(Object.entries(table))("%s", (name, row) => {
  const scenario = name as ScenarioName;
  const { ends, code, exit, posts = 1, streams = false } = row;

  test.each([
    ["fetch", createImageClient],
    // Both accept the same options; the compiler cannot compare two generic functions.
    ["node:http", createNodeClient as unknown as typeof createImageClient],
  ] as const)(`ends in ${ends} through the client on %s`, async (_, create) => {
    const timeoutMs = timeoutOf(scenario);
    const seen = await playTo(scenario, (baseUrl) =>
      endOf(create({ apiKey: "any", baseUrl, timeoutMs }), streams),
    );
    expect(seen).toEqual({ ended: expect.objectContaining(code ? { ends, code } : { ends }), posts });
  });

  test("ends the same way in the hook's session", async () => {
    const timeoutMs = timeoutOf(scenario);
    const seen = await playTo(scenario, async (baseUrl) => {
      const transport = directTransport(createImageClient({ apiKey: "any", baseUrl, timeoutMs }));
      const session = new EditSession({ transport });
      const image = new Blob([new Uint8Array(sample)]);
      await session.edit({ ...params, image, ...(streams && { partial_images: 2 }) });
      const { status, error, outcome, current } = session.getSnapshot();
      session.dispose();
      expect(session.liveUrls).toBe(0);
      if (status === "success") return { ends: current === undefined ? "nothing" : "result" };
      const { name, code } = error as { name: string; code: string };
      return { ends: `${name} ${outcome}`, code };
    });
    expect(seen).toEqual({ ended: expect.objectContaining(code ? { ends, code } : { ends }), posts });
  });

  test(`makes the CLI exit with ${exit}`, async () => {
    const cwd = await mkdtemp(join(directory, "cli-"));
    await writeFile(join(cwd, "photo.png"), sample);
    const argv = ["edit", "photo.png", "-m", params.model, "-p", params.prompt, "--size", params.size];
    argv.push("--json", "--timeout", String(heldSeconds), ...(streams ? ["--stream"] : []));
    const seen = await playTo(scenario, (RETOUCH_BASE_URL, { requests }) =>
      runCli(argv, {
        cwd,
        env: { RETOUCH_API_KEY: "any", RETOUCH_BASE_URL, ...withHeldDeadline },
        during({ stdin }) {
          if (scenario === "hang")
            void vi.waitUntil(() => requests[0]?.scenario === "hang", 60_000).then(() => stdin?.end());
        },
      }),
    );
    expect(seen.ended.code, seen.ended.stderr).toBe(exit);
    expect(seen.posts).toBe(posts);
    const document = JSON.parse(seen.ended.stdout) as { images: unknown[]; error?: object };
    if (exit === 0) expect(document.images).toHaveLength(1);
    else expect(document.error).toMatchObject({ outcome: ends.split(" ")[1], ...(code && { code }) });
  });
});
