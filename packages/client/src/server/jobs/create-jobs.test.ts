import { getEventListeners } from "node:events";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createJobs, type Jobs } from "./create-jobs.ts";
import type { JobOptions } from "./job-options.ts";
import { type Job, type JobStore, memoryJobStore } from "./job-store.ts";

beforeEach(
  () =>
    void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "setInterval", "clearInterval", "Date"] }),
);
afterEach(() => void vi.useRealTimers());

const attempt = "0123456789abcdef0123456789abcdef";
const owner = () => "ada";
const withStore = (store: JobStore, more: Partial<JobOptions> = {}) => createJobs({ store, owner, ...more });
const post = (reference?: string) =>
  new Request("https://app.example", {
    headers: reference === undefined ? {} : { "x-retouch-attempt": reference },
  });

let runs = 0;
afterEach(() => void runs++);

/** Lets everything happen that needs no timer, until a condition holds or the test has failed. */
async function until(condition: () => unknown): Promise<void> {
  const run = runs;
  while (!condition() && run === runs) await new Promise(setImmediate);
}

async function ticks(count: number): Promise<void> {
  for (let tick = 0; tick < count; tick++) await new Promise(setImmediate);
}

/** An upstream that responds when the test says so, and counts what it bills. */
function upstream() {
  let respond: (response: Response) => void = () => undefined;
  const response = new Promise<Response>((resolve) => {
    respond = resolve;
  });
  const seen = { sent: 0, signal: undefined as AbortSignal | undefined };
  const run: Parameters<Jobs["start"]>[2] = async (signal, beforeSending) => {
    seen.signal = signal;
    try {
      await beforeSending();
    } catch (error) {
      return Response.json({ code: (error as { code: string }).code }, { status: 503 });
    }
    seen.sent++;
    const aborted = new Promise<Response>((resolve) => {
      signal.addEventListener("abort", () =>
        resolve(new Response("", { headers: { "x-retouch-outcome": "unknown" } })),
      );
    });
    return Promise.race([response, aborted]);
  };
  return { run, seen, respond: (body = "image") => respond(new Response(body)) };
}

/** A store that counts its calls, and whose `put` a test can hold up or let fail. */
function watched() {
  const store = memoryJobStore();
  const seen = { gets: 0, puts: [] as string[] };
  const change: { put?: (job: Job) => Promise<void> } = {};
  const put: JobStore["put"] = async (job, body) => {
    await change.put?.(job);
    seen.puts.push(job.status);
    return store.put(job, body);
  };
  const get: JobStore["get"] = async (id) => {
    seen.gets++;
    return store.get(id);
  };
  return { store: { ...store, put, get }, seen, change };
}

/** Holds calls until they are released. */
function gate() {
  let release: () => void = () => undefined;
  const opened = new Promise<void>((resolve) => {
    release = resolve;
  });
  return { opened, release: () => release() };
}

const idOf = (response: Response) => response.headers.get("x-retouch-job") ?? "none";
const never = new AbortController().signal;
const heartbeatMs = 5_000;

async function codeOf(work: Promise<unknown>) {
  const error = (await work.catch((reason: unknown) => reason)) as { code: string; outcome: string };
  return [error.code, error.outcome];
}

describe("a running job", () => {
  it("says again and again that its process is alive, until its response is stored", async () => {
    const { store } = watched();
    const { run, respond } = upstream();
    const startedAt = Date.now();
    const id = idOf(await withStore(store).start(post(), "ada", run));
    for (let beat = 1; beat <= 20; beat++) {
      const job = await store.get(id);
      expect(job).toMatchObject({ status: "sent", expiresAt: startedAt + 3_600_000 });
      // Alive for longer than the next sign of life takes.
      expect(job?.leaseUntil).toBeGreaterThanOrEqual(Date.now() + 2 * heartbeatMs);
      await vi.advanceTimersByTimeAsync(heartbeatMs);
    }
    respond();
    await until(() => vi.getTimerCount() === 0);
    expect(await store.get(id)).toMatchObject({ status: "done" });
  });

  it("does not keep a process running only by its timer", async () => {
    vi.useRealTimers();
    const timers = vi.spyOn(globalThis, "setInterval");
    try {
      const { run, respond } = upstream();
      const work: Promise<unknown>[] = [];
      const jobs = withStore(memoryJobStore(), { waitUntil: (promise) => void work.push(promise) });
      await jobs.start(post(), "ada", run);
      expect(timers.mock.results.map(({ value }) => (value as NodeJS.Timeout).hasRef())).toEqual([false]);
      respond();
      await Promise.all(work);
    } finally {
      timers.mockRestore();
    }
  });

  it("goes on when a sign of life cannot be stored, and says it again", async () => {
    const { store, change } = watched();
    const { run, respond } = upstream();
    const jobs = withStore(store);
    const id = idOf(await jobs.start(post(), "ada", run));
    change.put = () => Promise.reject(new Error("disk full"));
    await vi.advanceTimersByTimeAsync(heartbeatMs);
    delete change.put;
    await vi.advanceTimersByTimeAsync(heartbeatMs);
    expect((await store.get(id))?.leaseUntil).toBeGreaterThanOrEqual(Date.now() + 2 * heartbeatMs);
    respond();
    expect(await (await jobs.collect(id, "ada", never)).text()).toBe("image");
  });

  it("is not overwritten by a sign of life that took longer than its response", async () => {
    const { store, change } = watched();
    const { run, respond } = upstream();
    const work: Promise<unknown>[] = [];
    const jobs = withStore(store, { waitUntil: (promise) => void work.push(promise) });
    const id = idOf(await jobs.start(post(), "ada", run));
    const { opened, release } = gate();
    change.put = (job) => (job.status === "sent" ? opened : Promise.resolve());
    await vi.advanceTimersByTimeAsync(heartbeatMs);
    respond();
    await ticks(20);
    release();
    await Promise.all(work);
    await ticks(2);
    expect(await store.get(id)).toMatchObject({ status: "done" });
  });

  it("that may be billed is never recorded as not sent", async () => {
    const { store, seen, change } = watched();
    const { run, seen: billed } = upstream();
    const { opened, release } = gate();
    const sending = gate();
    const jobs = withStore(store);
    const started = jobs.start(post(attempt), "ada", async (signal, beforeSending) => {
      await sending.opened;
      return run(signal, beforeSending);
    });
    change.put = (job) => (job.status === "accepted" ? opened : Promise.resolve());
    await until(() => vi.getTimerCount() > 0);
    // Waited for by other processes from the start.
    expect((await withStore(store).collect(attempt, "ada", AbortSignal.abort())).status).toBe(202);
    await vi.advanceTimersByTimeAsync(heartbeatMs);
    sending.release();
    await ticks(20);
    release();
    await started;
    await ticks(2);
    expect(billed.sent).toBe(1);
    expect(seen.puts).toEqual(["accepted", "sent"]);
  });
});

describe("a job of another process", () => {
  async function started(more: Partial<JobOptions> = {}) {
    const { store, seen, change } = watched();
    const { run, respond, seen: billed } = upstream();
    const [own, other] = [withStore(store, more), withStore(store, more)];
    const id = idOf(await own.start(post(attempt), "ada", run));
    return { store, seen, change, respond, billed, own, other, id };
  }

  it("is looked at once a second, until it has a response", async () => {
    const { seen, respond, own, other, id } = await started();
    const collecting = other.collect(id, "ada", never);
    for (let second = 0; second < 3; second++) {
      await until(() => vi.getTimerCount() === 2);
      const { gets } = seen;
      await vi.advanceTimersByTimeAsync(999);
      expect(seen.gets).toBe(gets);
      await vi.advanceTimersByTimeAsync(1);
      await until(() => seen.gets > gets);
    }
    await until(() => vi.getTimerCount() === 2);
    respond();
    expect(await (await own.collect(id, "ada", never)).text()).toBe("image");
    await until(() => vi.getTimerCount() === 1);
    await vi.advanceTimersByTimeAsync(1000);
    expect(await (await collecting).text()).toBe("image");
  });

  it("is asked for again after 25 s, and right away by a page that is leaving", async () => {
    const { other, own, id } = await started();
    let isDone = false;
    const collecting = other.collect(id, "ada", never).finally(() => {
      isDone = true;
    });
    for (let second = 0; second < 25; second++) {
      await until(() => isDone || vi.getTimerCount() === 2);
      expect(isDone).toBe(false);
      await vi.advanceTimersByTimeAsync(1000);
    }
    expect([(await collecting).status, idOf(await collecting)]).toEqual([202, id]);

    for (const jobs of [own, other]) {
      const page = new AbortController();
      const left = jobs.collect(id, "ada", page.signal);
      await until(() => vi.getTimerCount() === 2);
      page.abort();
      expect((await left).status).toBe(202);
      expect((await jobs.collect(id, "ada", page.signal)).status).toBe(202);
      // The heartbeat's is the only one.
      expect(vi.getTimerCount()).toBe(1);
      expect(getEventListeners(page.signal, "abort")).toEqual([]);
    }
  });

  it("is canceled with its next sign of life, once", async () => {
    const { billed, other, own, id } = await started();
    for (const reference of [id, attempt]) {
      const response = await other.cancel(reference, "ada", false);
      expect([response.status, idOf(response)]).toEqual([202, id]);
    }
    expect(billed.signal?.aborted).toBe(false);
    await vi.advanceTimersByTimeAsync(heartbeatMs);
    expect(billed.signal?.aborted).toBe(true);
    for (const jobs of [own, other]) {
      const response = await jobs.collect(id, "ada", never);
      expect([response.status, response.headers.get("x-retouch-outcome")]).toEqual([409, "unknown"]);
    }
    // The request to cancel is not a job.
    const known = [
      codeOf(other.collect(`${id}-cancel`, "ada", never)),
      codeOf(other.cancel(`${id}-cancel`, "ada", false)),
    ];
    for (const refused of await Promise.all(known)) expect(refused).toEqual(["job_not_found", "unknown"]);
  });

  it.each([
    ["accepted", "not-sent", "Nothing was billed"],
    ["sent", "unknown", "may have been billed"],
  ] as const)(
    "that was killed once it was %s is %s, and can be canceled",
    async (status, outcome, message) => {
      const { store, other, id } = await started();
      vi.clearAllTimers(); // of the process that is killed
      const job = await store.get(id);
      await store.put({ ...(job as Job), status });
      vi.setSystemTime((job?.leaseUntil ?? 0) - 1);
      expect((await other.collect(id, "ada", AbortSignal.abort())).status).toBe(202);
      expect((await other.cancel(id, "ada", false)).status).toBe(202);
      vi.setSystemTime(job?.leaseUntil ?? 0);
      const interrupted = other.collect(id, "ada", never);
      await expect(interrupted).rejects.toMatchObject({ status: 502, code: "job_interrupted", outcome });
      await expect(interrupted).rejects.toThrow(message);
      expect((await other.cancel(id, "ada", false)).status).toBe(204);
      const response = await other.collect(id, "ada", never);
      expect([response.status, response.headers.get("x-retouch-outcome")]).toEqual([409, outcome]);
      expect(await response.json()).toMatchObject({ error: { code: "job_canceled" } });
      expect(await store.get(id)).toMatchObject({ status: "done" });
    },
  );

  it("is found until it expires", async () => {
    const { respond, other, own, id } = await started({ ttlMs: 60_000 });
    const expiresAt = Date.now() + 60_000;
    respond();
    await own.collect(id, "ada", never);
    vi.setSystemTime(expiresAt - 1);
    expect((await other.collect(id, "ada", never)).status).toBe(200);
    expect(await codeOf(other.collect(id, "bob", never))).toEqual(["job_not_found", "unknown"]);
    vi.setSystemTime(expiresAt);
    expect(await codeOf(other.collect(id, "ada", never))).toEqual(["job_not_found", "unknown"]);
  });
});

describe("a job of this process", () => {
  it("has its response for who waits as soon as it is there", async () => {
    const { run, respond } = upstream();
    const jobs = withStore(memoryJobStore());
    const id = idOf(await jobs.start(post(), "ada", run));
    const collecting = jobs.collect(id, "ada", never);
    await until(() => vi.getTimerCount() === 2);
    respond();
    expect(await (await collecting).text()).toBe("image");
    expect(vi.getTimerCount()).toBe(0);
  });

  it("is canceled when `cancel` returns, with its reason", async () => {
    const { store } = watched();
    const { run, seen } = upstream();
    const work: Promise<unknown>[] = [];
    const jobs = withStore(store, { waitUntil: (promise) => void work.push(promise) });
    const id = idOf(await jobs.start(post(), "ada", run));
    const response = await jobs.cancel(id, "ada", false);
    expect([response.status, response.headers.get("cache-control")]).toEqual([204, "no-store"]);
    expect(seen.signal?.reason).toMatchObject({ name: "AbortError", message: "The page canceled the edit." });
    expect(await store.get(id)).toMatchObject({ status: "done", response: { status: 409 } });
    await Promise.all(work);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("that could not be stored is in memory, until it is removed", async () => {
    const { store, change } = watched();
    const { run, respond } = upstream();
    const jobs = withStore(store);
    const id = idOf(await jobs.start(post(), "ada", run));
    change.put = () => Promise.reject(new Error("disk full"));
    respond();
    for (const _ of [1, 2]) expect(await (await jobs.collect(id, "ada", never)).text()).toBe("image");
    await until(() => vi.getTimerCount() === 0);
    await expect(jobs.cancel(id, "ada", false)).rejects.toThrow("disk full");
    expect(await (await jobs.collect(id, "ada", never)).text()).toBe("image");
    delete change.put;
    expect((await jobs.cancel(id, "ada", false)).status).toBe(204);
    expect((await jobs.collect(id, "ada", never)).status).toBe(409);
  });

  it.each(["get", "put"] as const)(
    "leaves nothing when it is not sent, also of a slow %s",
    async (method) => {
      const { store } = watched();
      let isSlow = false;
      const { opened, release } = gate();
      const slow = { ...store };
      const held = async () => {
        if (!isSlow) return;
        isSlow = false;
        await opened;
      };
      slow[method] = async (...given: [never, never?]) => {
        await held();
        return store[method](...given) as never;
      };
      const jobs = withStore(slow);
      const refused = gate();
      const starting = jobs.start(post(attempt), "ada", async () => {
        await refused.opened;
        return new Response("no", { status: 400 });
      });
      await until(() => vi.getTimerCount() === 1);
      isSlow = true;
      await vi.advanceTimersByTimeAsync(heartbeatMs);
      expect(isSlow).toBe(false);
      refused.release();
      expect((await starting).status).toBe(400);
      await ticks(5);
      release();
      await until(() => vi.getTimerCount() === 0);
      await ticks(5);
      expect(await codeOf(jobs.collect(attempt, "ada", never))).toEqual(["job_not_found", "unknown"]);
      const { run, seen } = upstream();
      await jobs.start(post(attempt), "ada", run);
      expect(seen.sent).toBe(1);
    },
  );

  it("has an unguessable id, and the same for the same attempt of the same owner only", async () => {
    const jobs = withStore(memoryJobStore());
    const start = async (reference: string | undefined, of = "ada") => {
      const { run, seen } = upstream();
      return [idOf(await jobs.start(post(reference), of, run)), seen.sent] as const;
    };
    const [id] = await start(attempt);
    expect(await start(attempt)).toEqual([id, 0]);
    const others = [start(attempt, "bob"), start(attempt.toUpperCase()), start(undefined), start(undefined)];
    // Not the ids of attempts: too short, or of a request to cancel.
    const invalid = ["short", "short", `${attempt}-cancel`, `${attempt}-cancel`, `${attempt} `.repeat(2)];
    const all = await Promise.all([...others, ...invalid.map((each) => start(each))]);
    expect(new Set([id, ...all.map(([each]) => each)]).size).toBe(10);
    for (const [each, sent] of all) {
      expect(each).toMatch(/^[\w-]{43}$/);
      expect(sent).toBe(1);
    }
  });

  it("says what it knows of the bill when it fails", async () => {
    const { store, change } = watched();
    const jobs = withStore(store);
    await expect(jobs.collect("x".repeat(43), "ada", never)).rejects.toThrow("may have been billed");
    const broken = withStore({ ...store, add: () => Promise.reject(new Error("disk full")) });
    const { run, seen } = upstream();
    const refused = broken.start(post(), "ada", run);
    await expect(refused).rejects.toThrow("nothing was sent");
    await expect(refused).rejects.toMatchObject({
      status: 503,
      outcome: "not-sent",
      cause: { message: "disk full" },
    });
    change.put = () => Promise.reject(new Error("disk full"));
    expect((await jobs.start(post(), "ada", run)).status).toBe(503);
    expect(seen.sent).toBe(0);
    await until(() => vi.getTimerCount() === 0);
  });

  it("runs where timers are numbers", async () => {
    const interval = vi.spyOn(globalThis, "setInterval").mockReturnValue(7 as never);
    try {
      const { run, respond } = upstream();
      const jobs = withStore(memoryJobStore());
      const id = idOf(await jobs.start(post(), "ada", run));
      respond();
      expect(await (await jobs.collect(id, "ada", never)).text()).toBe("image");
    } finally {
      interval.mockRestore();
    }
  });

  it("needs an owner", async () => {
    for (const found of [undefined, "", 7, null]) {
      const jobs = withStore(memoryJobStore(), { owner: () => found as string });
      expect(await codeOf(jobs.ownerOf(post()))).toEqual(["not_authorized", "not-sent"]);
      await expect(jobs.ownerOf(post())).rejects.toThrow("Sign in");
    }
    const request = post();
    const seen: Request[] = [];
    const jobs = withStore(memoryJobStore(), {
      owner: async (given) => {
        seen.push(given);
        return "ada";
      },
    });
    expect([await jobs.ownerOf(request), seen]).toEqual(["ada", [request]]);
  });
});
