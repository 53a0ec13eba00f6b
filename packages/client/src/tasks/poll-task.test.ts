import { mkdtemp, readFile, rm } from "node:fs/promises";
import type { ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it, vi } from "vitest";
import { createImageClient } from "../create-image-client.ts";
import type { InvalidResponseError } from "../errors/errors.ts";
import { sampleImage } from "../fixtures/images.ts";
import { type EditServer, sendJson, startEditServer } from "../fixtures/start-edit-server.ts";
import { createImageClient as createNodeClient, type NodeClientOptions } from "../node/index.ts";
import type { TaskDialect, TaskEvent } from "./task-dialect.ts";

const apiKey = "sk-SECRET-0123456789";
const png = sampleImage();
const b64 = Buffer.from(png).toString("base64");
const params = { model: "gpt-image-1", image: png, prompt: "A red hat" };
const task: TaskDialect = { statusPath: "/v1/tasks/{id}", intervalMs: 1 };

type Reply = (response: ServerResponse, server: EditServer) => void;
const json =
  (body: unknown, status = 200, headers = {}): Reply =>
  (response) =>
    sendJson(response, status, body, headers);

let servers: EditServer[] = [];
afterEach(async () => {
  vi.useRealTimers();
  await Promise.all(servers.splice(0).map((server) => server.close()));
  servers = [];
});

/** Starts a server that responds to the form with `submit` and to polls with `polls`, the last of them repeatedly. */
async function serverOf(
  submit: Reply,
  ...polls: Reply[]
): Promise<EditServer & { posts(): number; polls(): string[] }> {
  let polled = 0;
  const server = await startEditServer((response, { method }) => {
    const reply = method === "POST" ? submit : polls[Math.min(polled++, polls.length - 1)];
    if (!reply) return void response.writeHead(500).end();
    reply(response, server);
  });
  servers.push(server);
  return Object.assign(server, {
    posts: () => server.received.filter(({ method }) => method === "POST").length,
    polls: () => server.received.flatMap(({ method, url = "" }) => (method === "GET" ? [url] : [])),
  });
}

const clients = { fetch: createImageClient, node: createNodeClient as typeof createImageClient };
const clientOf = (
  { url }: EditServer,
  options: NodeClientOptions & { create?: keyof typeof clients; task?: Partial<TaskDialect> } = {},
) => {
  const { create = "node", task: more, ...rest } = options;
  return clients[create]({ apiKey, baseUrl: url, dialect: { task: { ...task, ...more } }, ...rest });
};

async function failureOf(work: Promise<unknown>): Promise<InvalidResponseError> {
  try {
    await work;
  } catch (error) {
    return error as InvalidResponseError;
  }
  return expect.unreachable("it succeeded");
}

const accepted = json({ code: 200, data: [{ status: "submitted", task_id: "task_1" }] });
const running = json({ code: 200, data: { id: "task_1", status: "processing", progress: 40 } });
const done = json({
  code: 200,
  data: { id: "task_1", status: "completed", result: { images: [{ b64_json: b64 }] } },
});
const withUrl: Reply = (response, { url }) =>
  sendJson(response, 200, {
    code: 200,
    data: { id: "task_1", status: "completed", result: { images: [{ url: [`${url}/made.png`] }] } },
  });

describe("a task", () => {
  it.each(["fetch", "node"] as const)("is polled with the key until it is done, by %s", async (create) => {
    const server = await serverOf(accepted, running, running, done);
    const client = clientOf(server, { create, query: { "api-version": "1" }, headers: { "x-tenant": "a" } });
    const { images, requestId } = await client.edit(params, { idempotencyKey: "once" });
    expect(await images[0]?.bytes()).toEqual(png);
    expect(requestId).toBeUndefined();
    expect(server.posts()).toBe(1);
    expect(server.polls()).toEqual(Array(3).fill("/v1/tasks/task_1?api-version=1"));
    const { headers, body } = server.received.at(-1) ?? {};
    expect(headers).toMatchObject({ authorization: `Bearer ${apiKey}`, "x-tenant": "a" });
    expect(headers).not.toHaveProperty("content-type");
    expect(headers).not.toHaveProperty("idempotency-key");
    expect(body).toHaveLength(0);
  });

  it.each(["fetch", "node"] as const)(
    "is an error that may be billed without `dialect.task`, by %s",
    async (create) => {
      const server = await serverOf(json({ id: "abc", eta: 30 }, 202), done);
      const onTask = () => expect.unreachable("it is not polled");
      const error = await failureOf(
        clients[create]({ apiKey, baseUrl: server.url }).edit(params, { onTask }),
      );
      expect(error).toMatchObject({
        name: "InvalidResponseError",
        code: "task_pending",
        outcome: "unknown",
        taskId: "abc",
      });
      expect(server.received).toHaveLength(1);
    },
  );

  it("is reported to `onTask` before its first poll, and never to `onRequest`", async () => {
    const server = await serverOf(accepted, withUrl);
    const seen: unknown[] = [];
    const client = clientOf(server, {
      onRequest: () => void seen.push("request"),
      async onTask(event) {
        // Longer than the wait for a first poll that does not wait for this.
        for (let count = 0; count < 5; count++) await fetch(`${server.url}/ping`);
        seen.push(event, server.polls().filter((url) => url !== "/ping").length);
        throw new Error("the disk is full");
      },
    });
    const { images } = await client.edit(
      { ...params, n: 1 },
      {
        onTask({ taskId }) {
          seen.push(taskId);
          throw new Error("the disk is full");
        },
      },
    );
    expect(images[0]?.url).toBe(`${server.url}/made.png`);
    const statusUrl = `${server.url}/v1/tasks/task_1`;
    const event = {
      taskId: "task_1",
      statusUrl,
      dialect: task,
      model: "gpt-image-1",
      n: 1,
      requestId: undefined,
    };
    expect(seen).toEqual(["request", event, 0, "task_1"]);
  });

  it.each<[string, Reply, Partial<TaskDialect>]>([
    ["an image", json({ created: 1, data: [{ b64_json: b64 }] }), {}],
    ["an image with the id of a task", json({ task_id: "task_1", data: [{ b64_json: b64 }] }), {}],
    ["a task that is done", json({ id: "task_1", status: "completed", output: [b64] }), { id: "id" }],
    [
      "the image itself",
      (response) => void response.writeHead(200, { "content-type": "image/png" }).end(png),
      {},
    ],
    [
      "a stream",
      (response) =>
        void response
          .writeHead(200, { "content-type": "text/event-stream" })
          .end(`data: ${JSON.stringify({ type: "image_edit.completed", b64_json: b64 })}\n\n`),
      {},
    ],
  ])("is not polled when the response is %s", async (_, submit, more) => {
    const server = await serverOf(submit);
    const { images } = await clientOf(server, { task: more }).edit(params);
    expect(await images[0]?.bytes()).toEqual(png);
    expect(server.received).toHaveLength(1);
  });

  it.each<[string, Reply[]]>([
    [
      "a status of 5xx, 429 and 408",
      [json({}, 502), json({}, 429, { "retry-after": "0" }), json({}, 408), done],
    ],
    ["a connection that is cut", [(response) => void response.destroy(), done]],
    [
      "a body that is cut",
      [
        (response) =>
          void response
            .writeHead(200, { "content-length": 99 })
            .write('{"status":', () => response.destroy()),
        done,
      ],
    ],
    ["a page", [(response) => void response.writeHead(200).end("<html>busy</html>"), done]],
    ["an empty body", [(response) => void response.writeHead(204).end(), done]],
    ["404 before the server knows it", [json({}, 404), json({}, 404), running, done]],
    [
      "a status of the call that is not that of the task",
      [json({ status: "success", data: { id: "task_1", status: "processing" } }), done],
    ],
    ["a status of its own", [json({ data: { status: "drawing" } }), done]],
  ])("goes on after %s", async (_, polls) => {
    for (const create of ["fetch", "node"] as const) {
      const server = await serverOf(accepted, ...polls);
      const { images } = await clientOf(server, { create, maxRetries: 0 }).edit(params);
      expect(await images[0]?.bytes()).toEqual(png);
      expect(server.posts()).toBe(1);
      expect(server.polls()).toHaveLength(polls.length);
    }
  });

  it.each([400, 401, 403, 410])(
    "may be billed when its state is asked for and the response is %d",
    async (status) => {
      const server = await serverOf(accepted, json({ error: { message: "No.", code: "nope" } }, status));
      const error = await failureOf(clientOf(server).edit(params));
      expect(error).toMatchObject({
        name: "HttpError",
        status,
        outcome: "unknown",
        code: "nope",
        taskId: "task_1",
      });
      expect(error.message).toContain("GET /v1/tasks/{id} answered");
      expect(error.message).toContain("Task: task_1.");
      expect([server.posts(), server.polls().length]).toEqual([1, 1]);
    },
  );

  it("may be billed when the server has forgotten it", async () => {
    const server = await serverOf(accepted, running, json({}, 404));
    expect(await failureOf(clientOf(server).edit(params))).toMatchObject({ status: 404, outcome: "unknown" });
    expect(server.polls()).toHaveLength(2);
    const never = await serverOf(accepted, json({}, 404));
    expect(await failureOf(clientOf(never).edit(params))).toMatchObject({ status: 404, outcome: "unknown" });
    expect(never.polls()).toHaveLength(6);
  });

  it.each(["fetch", "node"] as const)("is not looked for where a redirect leads, by %s", async (create) => {
    const other = await serverOf(done, done);
    const server = await serverOf(accepted, (response) =>
      response.writeHead(302, { location: `${other.url}/v1/tasks/task_1` }).end(),
    );
    const error = await failureOf(clientOf(server, { create }).edit(params));
    expect(error).toMatchObject({ outcome: "unknown", taskId: "task_1" });
    expect(other.received).toEqual([]);
    expect([server.posts(), server.polls().length]).toEqual([1, 1]);
  });

  it("keeps its id when the time is up, and when the caller aborts", async () => {
    const server = await serverOf(accepted, running);
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    // Time is up once the id is known, however long the server took.
    const onId = () => void setImmediate(() => vi.advanceTimersByTime(60_000));
    const error = await failureOf(clientOf(server).edit(params, { timeoutMs: 60_000, onTask: onId }));
    vi.useRealTimers();
    expect(error).toMatchObject({
      name: "TimeoutError",
      code: "timeout",
      outcome: "unknown",
      taskId: "task_1",
    });
    expect(error.message).toContain("look up task task_1");
    const controller = new AbortController();
    const onTask = () => controller.abort("stop");
    const { signal } = controller;
    await expect(clientOf(server).edit(params, { signal, onTask })).rejects.toBe("stop");
    expect(server.posts()).toBe(2);
  });

  it("ends at once when the server asks for more time than is left", async () => {
    const server = await serverOf(accepted, json({ status: "queued" }, 200, { "retry-after": "900" }));
    const error = await failureOf(clientOf(server).edit(params));
    expect(error).toMatchObject({ code: "task_pending", outcome: "unknown", taskId: "task_1" });
    expect(error.message).toContain("900 s");
    expect(error.message).not.toContain("dialect.task");
    expect(server.polls()).toHaveLength(1);
  });

  it.each<[string, unknown, Partial<TaskDialect>, object]>([
    [
      "a nested error",
      { code: 200, data: { status: "failed", error: { code: "moderation_blocked", message: "Not that." } } },
      {},
      { code: "moderation_blocked" },
    ],
    [
      "a reason",
      { data: { task_status: "FAILED", fail_reason: "Not that." }, message: "success" },
      {},
      { code: "task_failed" },
    ],
    [
      "the path of its error",
      { state: 3, why: { msg: "Not that." } },
      { status: "state", failed: ["3"], error: "why.msg" },
      { code: "task_failed" },
    ],
  ])("that failed gives the server's message: %s", async (_, state, more, expected) => {
    const server = await serverOf(accepted, running, json(state));
    const error = await failureOf(clientOf(server, { task: more }).edit(params));
    expect(error).toMatchObject({
      name: "InvalidResponseError",
      outcome: "unknown",
      taskId: "task_1",
      ...expected,
    });
    expect(error.message).toMatch(
      /Task task_1 failed(?: \(\w+\))?: "Not that"\. This edit may have been billed/,
    );
    expect(JSON.parse(Buffer.from((await error.rawBody()) ?? []).toString())).toEqual(state);
    const unbilled = { ...more, failedTasksAreBilled: false };
    const free = await failureOf(
      clientOf(await serverOf(accepted, json(state)), { task: unbilled }).edit(params),
    );
    expect(free).toMatchObject({ outcome: "rejected", taskId: "task_1" });
    expect(free.message).toContain("Nothing was billed");
  });

  it("whose response is cut may be billed, and is posted once", async () => {
    const server = await serverOf(
      (response) =>
        response.writeHead(200, { "content-length": 99 }).write('{"eta":', () => response.destroy()),
      done,
    );
    const error = await failureOf(clientOf(server).edit(params));
    expect(error).toMatchObject({ name: "NetworkError", outcome: "unknown" });
    expect(Buffer.from((await error.rawBody()) ?? []).toString()).toBe('{"eta":');
    expect(server.received).toHaveLength(1);
  });

  it("that fails at once is not polled", async () => {
    const server = await serverOf(json({ task_id: "task_1", status: "failed", message: "Not that." }));
    expect(await failureOf(clientOf(server).edit(params))).toMatchObject({
      code: "task_failed",
      taskId: "task_1",
    });
    expect(server.received).toHaveLength(1);
  });

  it("is polled by the URL of the response only at the server itself", async () => {
    const other = await serverOf(done, done);
    const of = (get: string) => json({ id: "p1", status: "starting", urls: { get } });
    const relative = await serverOf(of("/predictions/p1"), done);
    const own = { statusPath: undefined, statusUrl: "urls.get" };
    await clientOf(relative, { task: own }).edit(params);
    expect(relative.polls()).toEqual(["/predictions/p1"]);
    const foreign = await serverOf(of(`${other.url}/p1`), done);
    expect(await failureOf(clientOf(foreign, { task: own }).edit(params))).toMatchObject({
      code: "task_pending",
      taskId: "p1",
    });
    await clientOf(foreign, { task: { statusUrl: "urls.get" } }).edit(params);
    expect(foreign.polls()).toEqual(["/v1/tasks/p1"]);
    expect(other.received).toEqual([]);
  });

  it("with an id that is a path stays below the server's path", async () => {
    const server = await serverOf(json({ task_id: "../files?a=1/b" }), done);
    await failureOf(clientOf(server).edit(params));
    expect(server.polls()).toEqual([]);
    const slashes = await serverOf(json({ task_id: "projects/1/op.2" }), done);
    await clientOf(slashes).edit(params);
    expect(slashes.polls()).toEqual(["/v1/tasks/projects%2F1%2Fop.2"]);
  });

  it("whose id repeats the key is not polled", async () => {
    const server = await serverOf(json({ task_id: `task-${apiKey}` }), done);
    const error = await failureOf(clientOf(server).edit(params));
    expect(error).toMatchObject({ code: "task_pending", taskId: "task-[redacted]" });
    expect(server.polls()).toEqual([]);
  });

  it("has its images where `result` says, however many links are beside them", async () => {
    const state: Reply = (response, { url }) =>
      sendJson(response, 200, {
        status: "done",
        first: { image: `${url}/a.png` },
        second: { image: `${url}/b.png` },
      });
    const ambiguous = await failureOf(clientOf(await serverOf(accepted, state)).edit(params));
    expect(ambiguous).toMatchObject({ code: "ambiguous_response", taskId: "task_1" });
    const server = await serverOf(accepted, state);
    const { images } = await clientOf(server, { task: { result: "second" } }).edit(params);
    expect(images.map(({ url }) => url)).toEqual([`${server.url}/b.png`]);
  });

  it("with an image larger than any description is read as the result", async () => {
    const noise = Buffer.concat([Buffer.from(png), Buffer.alloc(7_000_000, 7)]).toString("base64");
    const server = await serverOf(
      accepted,
      json({ input: { image: b64.repeat(20_000) }, status: "processing" }),
      json({ status: "processing", input: { image: noise } }),
      json({ status: "completed", data: [{ b64_json: noise }] }),
    );
    const { images } = await clientOf(server).edit(params);
    expect((await images[0]?.bytes())?.length).toBe(png.length + 7_000_000);
  });
});

describe("`resume`", () => {
  it("continues with the event of `onTask` in another process, and posts nothing", async () => {
    const directory = await mkdtemp(join(tmpdir(), "retouch-tasks-"));
    try {
      const server = await serverOf(accepted, running, done);
      const controller = new AbortController();
      let stored = "";
      const onTask = (event: TaskEvent) => {
        stored = JSON.stringify(event);
        controller.abort("killed");
      };
      await failureOf(clientOf(server).edit(params, { onTask, signal: controller.signal }));
      expect(server.posts()).toBe(1);
      // Without a dialect: the event has all that polling needs.
      const client = createNodeClient({ apiKey, baseUrl: `${server.url}/v1` });
      const responseFile = join(directory, "response.json");
      const { images } = await client.resume(JSON.parse(stored), { directory, responseFile });
      expect(new Uint8Array(await readFile(images[0]?.path ?? ""))).toEqual(png);
      expect(JSON.parse(await readFile(responseFile, "utf8"))).toMatchObject({
        data: { status: "completed" },
      });
      expect(server.posts()).toBe(1);
      expect(server.polls()).toEqual(["/v1/tasks/task_1", "/v1/tasks/task_1"]);
    } finally {
      await rm(directory, { recursive: true });
    }
  });

  it("needs only the id where the client has the dialect", async () => {
    const server = await serverOf(accepted, done);
    const client = createNodeClient({ apiKey, baseUrl: server.url, dialect: { task } });
    expect((await client.resume({ taskId: "task_1" })).images).toHaveLength(1);
  });

  it("may be billed when its time is up", async () => {
    const client = createNodeClient({
      apiKey,
      baseUrl: (await serverOf(accepted, running)).url,
      dialect: { task },
    });
    const error = await failureOf(client.resume({ taskId: "task_1" }, { timeoutMs: 200 }));
    expect(error).toMatchObject({ name: "TimeoutError", outcome: "unknown", taskId: "task_1" });
  });

  it("never sends the key to another server than the client's", async () => {
    const other = await serverOf(done, done);
    const client = createNodeClient({ apiKey, baseUrl: (await serverOf(accepted)).url });
    const event = { taskId: "task_1", statusUrl: `${other.url}/v1/tasks/task_1`, dialect: task };
    expect(await failureOf(client.resume(event))).toMatchObject({ name: "ConfigurationError" });
    expect(await failureOf(client.resume({ taskId: "task_1" }))).toMatchObject({
      name: "ConfigurationError",
    });
    expect(other.received).toEqual([]);
  });
});

describe("`dialect.task`", () => {
  it.each<TaskDialect>([
    {},
    { statusPath: "tasks/{id}" },
    { statusPath: "/v1/tasks" },
    { statusPath: "https://other.example/{id}" },
    { statusPath: "/v1/tasks/{id}", id: "data.{id}" },
    { statusPath: "/v1/tasks/{id}", intervalMs: 0 },
  ])("that cannot be polled sends nothing: %j", async (bad) => {
    const server = await serverOf(accepted, done);
    const client = createImageClient({ apiKey, baseUrl: server.url, dialect: { task: bad } });
    expect(await failureOf(client.edit(params))).toMatchObject({
      name: "ConfigurationError",
      outcome: "not-sent",
    });
    expect(server.received).toEqual([]);
  });
});
