import { afterEach, describe, expect, it } from "vitest";
import { createProxyClient } from "../browser/create-proxy-client.ts";
import type { HttpError } from "../errors/errors.ts";
import { sampleImage } from "../fixtures/images.ts";
import { key } from "../fixtures/set-up-proxy.ts";
import { type EditServer, sendJson, startEditServer } from "../fixtures/start-edit-server.ts";
import type { TaskDialect } from "../tasks/task-dialect.ts";
import { createImageEditHandler } from "./create-image-edit-handler.ts";
import type { ProxyEvent } from "./handler-options.ts";

const png = sampleImage();
const b64_json = Buffer.from(png).toString("base64");
const params = { model: "gpt-image-1", image: png, prompt: "Add a hat" };
let upstream: EditServer | undefined;
afterEach(() => upstream?.close());

/** A page's client, with a proxy in front of an upstream that makes a task of the edit and then responds as given. */
async function pageOf(states: readonly [body: unknown, status?: number][], task?: Partial<TaskDialect>) {
  let polls = 0;
  const server = await startEditServer((response, { method }) => {
    if (method === "POST") return sendJson(response, 202, { id: "abc-1", eta: 3 });
    const [body, status = 200] = states[Math.min(polls++, states.length - 1)] ?? [{}];
    sendJson(response, status, body);
  });
  upstream = server;
  const events: ProxyEvent[] = [];
  const handler = createImageEditHandler({
    apiKey: key,
    baseUrl: server.url,
    authorize: () => true,
    onEvent: (event) => void events.push(event),
    ...(task && { dialect: { task: { statusPath: "/v1/tasks/{id}", intervalMs: 1, ...task } } }),
  });
  const client = createProxyClient({
    url: "https://app.example.com/api/image-edit",
    fetch: (url, init) => handler(new Request(url as string, init)),
  });
  const methods = () => server.received.map(({ method }) => method);
  return { client, events, methods, server };
}

async function failureOf(work: Promise<unknown>): Promise<HttpError> {
  return work.then(
    () => expect.unreachable("it succeeded"),
    (error: HttpError) => error,
  );
}

describe("a task behind the proxy", () => {
  it("is polled by the proxy's own dialect, with the key, and forwarded once it is done", async () => {
    const done = { status: "completed", result: { images: [{ b64_json }] } };
    const { client, events, methods, server } = await pageOf(
      [[{ status: "processing" }], [{}, 503], [done]],
      {},
    );
    const { images } = await client.edit(params);
    expect(await images[0]?.bytes()).toEqual(png);
    expect(methods()).toEqual(["POST", "GET", "GET", "GET"]);
    expect(server.received.map(({ headers }) => headers.authorization)).toEqual(
      Array(4).fill(`Bearer ${key}`),
    );
    expect(events.map(({ type, taskId }) => [type, taskId])).toEqual([
      ["sent", undefined],
      ["task", "abc-1"],
      ["answered", "abc-1"],
      ["completed", "abc-1"],
    ]);
  });

  it("reaches the page with its code, outcome and id when the proxy has no dialect, and is not posted again", async () => {
    const { client, methods } = await pageOf([]);
    const error = await failureOf(client.edit(params, { maxRetries: 2 }));
    expect(error).toMatchObject({ code: "task_pending", outcome: "unknown", taskId: "abc-1" });
    expect(methods()).toEqual(["POST"]);
  });

  it("that failed reaches the page with the server's message and the outcome of the dialect", async () => {
    const failed = { status: "failed", error: { code: "moderation_blocked", message: `Not ${key}.` } };
    for (const [failedTasksAreBilled, outcome, status] of [
      [true, "unknown", 502],
      [false, "rejected", 422],
    ] as const) {
      const { client, events, methods } = await pageOf([[failed]], { failedTasksAreBilled });
      const error = await failureOf(client.edit(params, { maxRetries: 2 }));
      expect(error).toMatchObject({ code: "moderation_blocked", outcome, status, taskId: "abc-1" });
      expect(error.message).toContain('"Not [redacted]"');
      expect(JSON.stringify(events)).not.toContain(key);
      expect(events.at(-1)).toMatchObject({ type: "failed", outcome, taskId: "abc-1" });
      expect(methods()).toEqual(["POST", "GET"]);
      await upstream?.close();
    }
  });

  it("stays unknown when polls are rejected, and when time is up", async () => {
    const rejected = await pageOf([[{ error: { message: "Bad key." } }, 401]], {});
    const error = await failureOf(rejected.client.edit(params, { maxRetries: 2 }));
    expect(error).toMatchObject({ code: "upstream_401", outcome: "unknown", taskId: "abc-1" });
    expect(rejected.methods()).toEqual(["POST", "GET"]);
    await upstream?.close();
    const late = await pageOf([[{ status: "queued" }]], {});
    const cut = new AbortController();
    const stopped = late.client.edit(params, { signal: cut.signal }).catch(() => undefined);
    while (!late.methods().includes("GET")) await new Promise((resolve) => setImmediate(resolve));
    cut.abort();
    await stopped;
    while (late.events.at(-1)?.type !== "aborted") await new Promise((resolve) => setImmediate(resolve));
    expect(late.events.at(-1)).toMatchObject({ outcome: "unknown", taskId: "abc-1" });
    expect(late.methods().filter((method) => method === "POST")).toHaveLength(1);
  });
});
