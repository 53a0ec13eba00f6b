import { mkdtemp, readdir, rm, utimes, writeFile } from "node:fs/promises";
import type { ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, test, vi } from "vitest";
import { errorOf, payload, setUpProxy } from "../../fixtures/set-up-proxy.ts";
import { fileJobStore } from "../../node/file-job-store.ts";
import type { ImageEditHandler } from "../handler-options.ts";
import type { JobOptions } from "./job-options.ts";
import { type JobStore, memoryJobStore } from "./job-store.ts";

const proxy = setUpProxy();
const { post, formOf } = proxy;
const url = "https://app.example.com/api/image-edit";
const attempt = "0123456789abcdef0123456789abcdef";

afterEach(() => {
  vi.useRealTimers();
});

/** The owner is who the cookie says. */
const owner = (request: Request) => request.headers.get("cookie") ?? undefined;
const ada = { cookie: "ada" };

function withJobs(jobs: Partial<JobOptions> = {}, more: object = {}): ImageEditHandler {
  return proxy.handlerWith({ jobs: { store: memoryJobStore(), owner, ...jobs }, ...more });
}

const ask = (job: string, { method = "GET", headers = ada }: { method?: string; headers?: object } = {}) =>
  new Request(`${url}?job=${job}`, { method, headers: { host: "app.example.com", ...headers } });

/** Lets upstream wait, and resolves with its response once it has the form. */
function hold(): Promise<ServerResponse> {
  return new Promise((resolve) => {
    proxy.respond = resolve;
  });
}

const succeed = (response: ServerResponse) =>
  response.writeHead(200, { "content-type": "application/json", "x-request-id": "req_1" }).end(payload);

const idOf = (response: Response) => response.headers.get("x-retouch-job") ?? "none";

describe("a POST with jobs", () => {
  test("is answered with 202 and an id, whose GET waits for the image", async () => {
    const handler = withJobs();
    const held = hold();
    const accepted = await handler(post(formOf(), ada));
    expect(accepted.status).toBe(202);
    const id = idOf(accepted);
    expect(id).toMatch(/^[\w-]{43}$/);
    expect(await accepted.json()).toEqual({ job: { id } });
    const collecting = handler(ask(id));
    succeed(await held);
    const collected = await collecting;
    expect(collected.status).toBe(200);
    expect(await collected.text()).toBe(payload);
    expect(Object.fromEntries(collected.headers)).toMatchObject({
      "cache-control": "no-store",
      "content-type": "application/json",
      "x-request-id": "req_1",
    });
    expect(await (await handler(ask(id))).text()).toBe(payload); // again, because the first may be lost on its way
    expect(proxy.seen).toHaveLength(1);
    expect(proxy.events.map(({ type }) => type)).toEqual(["sent", "answered", "completed"]);
  });

  test("outlives the page that sent it", async () => {
    const handler = withJobs();
    const page = new AbortController();
    const held = hold();
    const sent = post(formOf(), { ...ada, "x-retouch-attempt": attempt });
    await handler(new Request(sent, { signal: page.signal }));
    const response = await held;
    page.abort();
    succeed(response);
    expect(await (await handler(ask(attempt))).text()).toBe(payload);
    expect(proxy.seen).toHaveLength(1);
  });

  test("without an attempt is aborted with a page that leaves before it has the id", async () => {
    const page = new AbortController();
    const store = memoryJobStore();
    const put: JobStore["put"] = async (job, body) => {
      page.abort();
      await store.put(job, body);
    };
    const work: Promise<unknown>[] = [];
    const handler = withJobs({ store: { ...store, put }, waitUntil: (promise) => void work.push(promise) });
    await handler(new Request(post(formOf(), ada), { signal: page.signal }));
    await Promise.all(work);
    expect(proxy.seen).toHaveLength(0);
  });

  test("that a browser sends twice is one job, and is sent once", async () => {
    const store = memoryJobStore();
    const headers = { ...ada, "x-retouch-attempt": attempt };
    const [first, second] = [withJobs({ store }), withJobs({ store })];
    const responses = await Promise.all([first(post(formOf(), headers)), second(post(formOf(), headers))]);
    const [id, copy] = responses.map(idOf);
    expect(copy).toBe(id);
    expect(await (await first(ask(attempt))).text()).toBe(payload);
    expect(idOf(await first(post(formOf(), headers)))).toBe(id);
    expect(proxy.seen).toHaveLength(1);
    const another = await first(post(formOf(), { ...headers, cookie: "bob" }));
    expect(idOf(another)).not.toBe(id);
  });

  test("that is refused starts no job", async () => {
    const handler = withJobs();
    const headers = { ...ada, "x-retouch-attempt": attempt };
    expect(await errorOf(await handler(post(formOf({ n: "0" }), headers)))).toMatchObject({ status: 400 });
    expect(await errorOf(await handler(ask(attempt)))).toMatchObject({ code: "job_not_found" });
    expect(await errorOf(await handler(post(formOf())))).toMatchObject({
      status: 401,
      code: "not_authorized",
    });
    expect(proxy.seen).toHaveLength(0);
  });

  test("counts against `rateLimit`, and asking for its image does not", async () => {
    let calls = 0;
    const rateLimit = () => ({ allowed: ++calls === 1 });
    const handler = withJobs({}, { rateLimit });
    const id = idOf(await handler(post(formOf(), ada)));
    expect((await handler(ask(id))).status).toBe(200);
    expect((await handler(post(formOf(), ada))).status).toBe(429);
    expect(calls).toBe(2);
  });

  test("sends nothing when the store fails", async () => {
    const cause = new Error("disk full");
    const broken = async () => Promise.reject(cause);
    for (const method of ["add", "put"] as const) {
      const handler = withJobs({ store: { ...memoryJobStore(), [method]: broken } });
      const response = await handler(post(formOf(), ada));
      expect(response.headers.get("x-retouch-outcome")).toBe("not-sent");
      expect(await errorOf(response)).toMatchObject({ status: 503, code: "jobs_unavailable" });
      // The message says that the log has it.
      expect(proxy.events.at(-1)?.cause).toBe(cause);
    }
    expect(proxy.seen).toHaveLength(0);
  });

  test("keeps a response that the store cannot take", async () => {
    const store = memoryJobStore();
    const put: JobStore["put"] = (job, body) =>
      body === undefined ? store.put(job) : Promise.reject(new Error("disk full"));
    const handler = withJobs({ store: { ...store, put } });
    const id = idOf(await handler(post(formOf(), ada)));
    for (const _ of [1, 2]) expect(await (await handler(ask(id))).text()).toBe(payload);
  });

  test("sends nothing when `waitUntil` throws", async () => {
    const store = memoryJobStore();
    const waitUntil = () => {
      throw new Error("outside of a request");
    };
    const headers = { ...ada, "x-retouch-attempt": attempt };
    const response = await withJobs({ store, waitUntil })(post(formOf(), headers));
    expect(response.headers.get("x-retouch-outcome")).toBe("not-sent");
    expect(proxy.seen).toHaveLength(0);
    const retried = withJobs({ store });
    await retried(post(formOf(), headers));
    expect(await (await retried(ask(attempt))).text()).toBe(payload);
    // The first was not started: it would have been refused a second time, for its form was released.
    expect(proxy.events.map(({ type }) => type)).toEqual(["refused", "sent", "answered", "completed"]);
  });

  test("passes its work to `waitUntil`", async () => {
    const work: Promise<unknown>[] = [];
    const handler = withJobs({ waitUntil: (promise) => void work.push(promise) });
    await handler(post(formOf(), ada));
    expect(work).toHaveLength(1);
    await Promise.all(work);
    expect(proxy.events.at(-1)?.type).toBe("completed");
  });
});

describe("a job", () => {
  test.each([
    ["not_authorized", 401, () => withJobs({ owner: () => undefined as never })],
    ["method_not_allowed", 405, () => proxy.handlerWith({})],
  ])("whose request is refused as %s may be billed all the same", async (code, status, create) => {
    const response = await create()(ask(attempt));
    expect([response.status, response.headers.get("x-retouch-outcome")]).toEqual([status, "unknown"]);
    const error = await errorOf(response);
    expect(error).toMatchObject({ code });
    expect(error.message).not.toMatch(/nothing was sent/i);
  });

  test("is that of its owner: anyone else gets 404", async () => {
    const handler = withJobs();
    const id = idOf(await handler(post(formOf(), { ...ada, "x-retouch-attempt": attempt })));
    for (const method of ["GET", "DELETE"]) {
      for (const job of [id, attempt, "unknown", ""]) {
        const response = await handler(ask(job, { method, headers: { cookie: "bob" } }));
        expect(response.headers.get("x-retouch-outcome")).toBe("unknown");
        expect(await errorOf(response)).toMatchObject({ status: 404, code: "job_not_found" });
      }
      expect(await errorOf(await handler(ask(id, { method, headers: {} })))).toMatchObject({ status: 401 });
      const foreign = { ...ada, "sec-fetch-site": "cross-site", origin: "https://evil.example" };
      expect(await errorOf(await handler(ask(id, { method, headers: foreign })))).toMatchObject({
        status: 403,
      });
    }
    expect((await handler(ask(id))).status).toBe(200);
  });

  test("may have been billed, whatever refuses the question", async () => {
    let isSignedIn = true;
    const authorize = () => isSignedIn;
    const handler = withJobs({}, { authorize });
    const id = idOf(await handler(post(formOf(), ada)));
    isSignedIn = false;
    const foreign = { ...ada, origin: "https://evil.example" };
    for (const method of ["GET", "DELETE"]) {
      const refused = [
        handler(ask(id, { method })),
        handler(ask(id, { method, headers: foreign })),
        proxy.handlerWith()(ask(id, { method })), // `jobs` was removed meanwhile
      ];
      const responses = await Promise.all(refused);
      expect(responses.map(({ status }) => status)).toEqual([401, 403, 405]);
      for (const { headers } of responses) expect(headers.get("x-retouch-outcome")).toBe("unknown");
    }
    isSignedIn = true;
    expect(await (await handler(ask(id))).text()).toBe(payload);
  });

  test("that cannot be looked up can be asked for again", async () => {
    let isBroken = false;
    const orFail = <T>(value: T): T => {
      if (isBroken) throw new Error("The database is away.");
      return value;
    };
    const { get, getBody, ...store } = memoryJobStore();
    const stores: Partial<JobOptions>[] = [
      { store: { ...store, getBody, get: async (id) => orFail(get(id)) } },
      { store: { ...store, get, getBody: async (id) => orFail(getBody(id)) } },
      { store: { ...store, get, getBody }, owner: (request) => orFail(owner(request)) },
    ];
    for (const jobs of stores) {
      const handler = withJobs(jobs);
      const id = idOf(await handler(post(formOf(), ada)));
      await handler(ask(id));
      isBroken = true;
      const response = await handler(ask(id));
      expect(response.headers.get("x-retouch-outcome")).toBeNull(); // as of a gateway: the page asks again
      expect(await errorOf(response)).toMatchObject({ status: 503, code: "jobs_unavailable" });
      isBroken = false;
      expect(await (await handler(ask(id))).text()).toBe(payload);
    }
  });

  test("has the error of upstream, with its outcome and delay", async () => {
    proxy.respond = (response) =>
      response.writeHead(429, { "retry-after": "7" }).end('{"error":{"code":"rate_limit_exceeded"}}');
    const handler = withJobs();
    const response = await handler(ask(idOf(await handler(post(formOf(), ada)))));
    expect(response.headers.get("retry-after")).toBe("7");
    expect(response.headers.get("x-retouch-outcome")).toBe("rejected");
    expect(await errorOf(response)).toMatchObject({ status: 429, code: "rate_limit_exceeded" });
  });

  test("has what arrived of a response that broke off", async () => {
    proxy.respond = (response) => {
      response.writeHead(200, { "content-type": "application/json" });
      response.write(payload.slice(0, 20), () => response.destroy());
    };
    const handler = withJobs();
    const response = await handler(ask(idOf(await handler(post(formOf(), ada)))));
    // In its head: a connection that breaks would mean that the page asks again.
    expect(response.headers.get("x-retouch-cut")).toBe("1");
    expect(payload.slice(0, 20)).toBe(await response.text());
  });

  test("that is canceled aborts upstream, and is not sent again", async () => {
    const handler = withJobs();
    const headers = { ...ada, "x-retouch-attempt": attempt };
    const held = hold();
    const id = idOf(await handler(post(formOf(), headers)));
    const closed = new Promise((resolve) => held.then((response) => response.once("close", resolve)));
    await held;
    expect((await handler(ask(id, { method: "DELETE" }))).status).toBe(204);
    await closed;
    const response = await handler(ask(id));
    expect(response.headers.get("x-retouch-outcome")).toBe("unknown");
    expect(await errorOf(response)).toMatchObject({ status: 409, code: "job_canceled" });
    expect(idOf(await handler(post(formOf(), headers)))).toBe(id);
    expect(proxy.seen).toHaveLength(1);
  });

  test("that is removed while its image is being stored stays removed", async () => {
    const store = memoryJobStore();
    let isRemoved = false;
    let release: () => void = () => undefined;
    const disk = new Promise<void>((resolve) => {
      release = resolve;
    });
    const handler = await new Promise<ImageEditHandler>((resolve) => {
      const put: JobStore["put"] = async (job, body) => {
        if (job.status === "done") {
          resolve(started);
          await disk;
        }
        await store.put(job, body);
      };
      const get: JobStore["get"] = async (id) => {
        const job = await store.get(id);
        // Once the handler has seen that the job is not stored yet.
        if (isRemoved) setImmediate(release);
        return job;
      };
      const started = withJobs({ store: { ...store, get, put } });
      void started(post(formOf(), { ...ada, "x-retouch-attempt": attempt }));
    });
    expect((await handler(ask(attempt))).status).toBe(200);
    isRemoved = true;
    expect((await handler(ask(attempt, { method: "DELETE" }))).status).toBe(204);
    expect(await errorOf(await handler(ask(attempt)))).toMatchObject({ code: "job_canceled" });
  });

  test("that is done can be removed, which keeps its id taken", async () => {
    const handler = withJobs();
    const headers = { ...ada, "x-retouch-attempt": attempt };
    const id = idOf(await handler(post(formOf(), headers)));
    await handler(ask(id));
    expect((await handler(ask(attempt, { method: "DELETE" }))).status).toBe(204);
    expect(await errorOf(await handler(ask(id)))).toMatchObject({ code: "job_canceled" });
    await handler(post(formOf(), headers));
    expect(proxy.seen).toHaveLength(1);
  });

  test("that takes longer than 25 s is asked for again", async () => {
    const handler = withJobs();
    const held = hold();
    const id = idOf(await handler(post(formOf(), ada)));
    await held;
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "Date"] });
    const waiting = handler(ask(id));
    await vi.waitFor(() => expect(vi.getTimerCount()).toBeGreaterThan(1), { interval: 0, timeout: 30_000 });
    await vi.advanceTimersByTimeAsync(25_000);
    const response = await waiting;
    expect([response.status, idOf(response)]).toEqual([202, id]);
  });

  test("expires", async () => {
    const handler = withJobs({ ttlMs: 60_000 });
    const id = idOf(await handler(post(formOf(), ada)));
    expect((await handler(ask(id))).status).toBe(200);
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 60_001 });
    expect((await handler(ask(id))).status).toBe(404);
  });
});

describe("a job in files", () => {
  test("is collected after a restart, and one that was on its way is unknown and not sent again", async () => {
    const directory = await mkdtemp(join(tmpdir(), "retouch-jobs-"));
    const work: Promise<unknown>[] = [];
    const waitUntil = (promise: Promise<unknown>) => void work.push(promise);
    const before = withJobs({ store: fileJobStore(directory), waitUntil });
    const done = idOf(await before(post(formOf(), ada)));
    await before(ask(done));
    await writeFile(join(directory, "left-behind.tmp"), "");
    const headers = { ...ada, "x-retouch-attempt": attempt };
    const held = hold();
    await before(post(formOf(), headers));
    await held; // and here the process ends: nothing of it is asked any more

    const after = withJobs({ store: fileJobStore(directory), waitUntil });
    expect(await (await after(ask(done))).text()).toBe(payload);
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 25_000 });
    for (const _ of [1, 2]) {
      const response = await after(ask(attempt));
      expect(response.headers.get("x-retouch-outcome")).toBe("unknown");
      expect(await errorOf(response)).toMatchObject({ status: 502, code: "job_interrupted" });
    }
    expect((await after(post(formOf(), headers))).status).toBe(202);
    expect(proxy.seen).toHaveLength(2);

    vi.setSystemTime(Date.now() + 7_200_000);
    proxy.respond = succeed;
    await utimes(join(directory, "left-behind.tmp"), 0, 0);
    await after(post(formOf(), ada));
    (await held).destroy();
    await Promise.all(work);
    expect((await readdir(directory)).filter((name) => name.includes(done))).toEqual([]);
    expect((await readdir(directory)).filter((name) => name.endsWith(".tmp"))).toEqual([]);
    await rm(directory, { recursive: true });
  });

  test("is added by one of two processes", async () => {
    const directory = await mkdtemp(join(tmpdir(), "retouch-jobs-"));
    const job = {
      id: "a".repeat(43),
      owner: "x",
      status: "accepted",
      expiresAt: 9e15,
      leaseUntil: 0,
    } as const;
    const stores = Array.from({ length: 8 }, () => fileJobStore(directory));
    const added = await Promise.all(stores.map((store) => store.add(job)));
    expect(added.filter(Boolean)).toHaveLength(1);
    await expect(stores[0]?.get("../x")).rejects.toThrow("not a file name");
    // A file that is damaged, or not its own, does not refuse every other job.
    for (const text of ["null", "{", "[]"]) {
      await writeFile(join(directory, "b.json"), text);
      await expect(stores[0]?.get("b")).rejects.toThrow(SyntaxError);
      expect(await fileJobStore(directory).add({ ...job, id: `c${text.length}${text.charCodeAt(0)}` })).toBe(
        true,
      );
    }
    await rm(directory, { recursive: true });
  });
});

test("without jobs, GET and DELETE are refused as before", async () => {
  for (const method of ["GET", "DELETE"]) {
    const response = await proxy.handlerWith()(ask("x".repeat(43), { method }));
    expect([response.status, response.headers.get("allow")]).toEqual([405, "POST"]);
  }
  expect(await (await proxy.handlerWith()(post())).text()).toBe(payload);
});

test("an invalid option is refused at creation", () => {
  const store = memoryJobStore();
  expect(() => withJobs({ owner: undefined as never })).toThrow("`jobs.owner` must be a function");
  expect(() => withJobs({ store: {} as never })).toThrow("`jobs.store` must be a job store");
  expect(() => proxy.handlerWith({ jobs: { store, owner, ttl: 1 } as never })).toThrow("ttl");
  for (const ttlMs of [0, Number.NaN, Number.POSITIVE_INFINITY])
    expect(() => withJobs({ ttlMs })).toThrow("`jobs.ttlMs`");
});
