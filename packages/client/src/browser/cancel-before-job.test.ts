import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, afterEach, beforeAll, expect, it, vi } from "vitest";
import { sampleImage } from "../fixtures/images.ts";
import { createImageEditHandler, memoryJobStore, toNodeListener } from "../server/index.ts";
import type { Job, JobStore } from "../server/jobs/job-store.ts";
import { createProxyClient } from "./create-proxy-client.ts";

/** The proxy of the test at hand. */
let proxy: (request: IncomingMessage, response: ServerResponse) => unknown;
let atUpstream = 0;
const asked: string[] = [];
const upstream = createServer((request, response) => {
  atUpstream += 1;
  request.resume().on("end", () => {
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify({ data: [{ b64_json: Buffer.from(sampleBytes).toString("base64") }] }));
  });
});
const page = createServer((request, response) => {
  asked.push(request.method ?? "");
  void proxy(request, response);
});
let sampleBytes = new Uint8Array();
let upstreamUrl: string;

const listen = async (server: typeof page): Promise<string> => {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
};

beforeAll(async () => {
  sampleBytes = new Uint8Array(await new Blob([sampleImage() as BlobPart]).arrayBuffer());
  upstreamUrl = await listen(upstream);
  const origin = await listen(page);
  vi.stubGlobal("location", { origin, href: `${origin}/editor` });
});
afterAll(async () => {
  vi.unstubAllGlobals();
  for (const server of [page, upstream]) await new Promise((resolve) => server.close(resolve));
});
afterEach(() => {
  atUpstream = 0;
  asked.length = 0;
});

/** A promise, and what resolves it. */
function event(): { readonly happened: Promise<void>; readonly happen: () => void } {
  let happen: () => void = () => undefined;
  const happened = new Promise<void>((resolve) => {
    happen = resolve;
  });
  return { happened, happen };
}

/** Starts a proxy, and cancels an edit when the proxy stores `step` of it, which it goes on with after the DELETE. */
async function cancelAt(step: (job: Job) => boolean, method: "add" | "put"): Promise<Job | undefined> {
  const store = memoryJobStore();
  const reached = event();
  const deleted = event();
  const finished = event();
  let isHeld = true;
  let held: Job | undefined;
  const wait = async (job: Job): Promise<void> => {
    if (!isHeld || !step(job)) return;
    isHeld = false;
    held = job;
    reached.happen();
    await deleted.happened;
  };
  const slow: JobStore = {
    ...store,
    add: async (job) => {
      if (method === "add") await wait(job);
      return store.add(job);
    },
    get: async (id) => {
      const job = await store.get(id);
      // Once the handler has seen that the job is there.
      if (!isHeld && job?.id === held?.id) setImmediate(deleted.happen);
      return job;
    },
    put: async (job, body) => {
      if (method === "put") await wait(job);
      await store.put(job, body);
    },
  };
  const listener = toNodeListener(
    createImageEditHandler({
      apiKey: "sk-marker",
      baseUrl: upstreamUrl,
      authorize: "public",
      jobs: { store: slow, owner: () => "ada", waitUntil: (work) => void work.then(finished.happen) },
    }),
  );
  proxy = (request, response) => {
    void listener(request, response);
    if (request.method === "DELETE") response.once("finish", deleted.happen);
    else if (method === "add") response.once("close", finished.happen);
  };
  const controller = new AbortController();
  const client = createProxyClient({ url: "/api/image-edit", maxRetries: 0 });
  const edited = client.edit(
    { model: "acme-9", image: sampleImage(), prompt: "x" },
    { signal: controller.signal },
  );
  await reached.happened;
  controller.abort();
  await expect(edited).rejects.toThrow("abort");
  await deleted.happened;
  await finished.happened;
  return held && store.get(held.id);
}

it("a form that the proxy stores after the cancel is not sent", async () => {
  const job = await cancelAt(() => true, "add");
  expect(asked).toEqual(["POST", "DELETE"]);
  expect(job).toMatchObject({ status: "done", response: { status: 409 } });
  expect(atUpstream).toBe(0);
});

it("a job that is about to be sent when the cancel arrives is not sent", async () => {
  await cancelAt(({ status }) => status === "sent", "put");
  expect(asked).toEqual(["POST", "DELETE"]);
  expect(atUpstream).toBe(0);
});

it("a proxy that has no jobs gets no DELETE", async () => {
  const listener = toNodeListener(
    createImageEditHandler({ apiKey: "sk-marker", baseUrl: upstreamUrl, authorize: "public" }),
  );
  const second = event();
  proxy = (request, response) => (asked.length === 1 ? listener(request, response) : second.happen());
  const sent = vi.spyOn(globalThis, "fetch");
  const client = createProxyClient({ url: "/api/without-jobs", maxRetries: 0 });
  const params = { model: "acme-9", image: sampleImage(), prompt: "x" };
  expect((await client.edit(params)).images).toHaveLength(1);
  const controller = new AbortController();
  const edited = client.edit(params, { signal: controller.signal });
  await second.happened;
  sent.mockClear();
  controller.abort();
  await expect(edited).rejects.toThrow("abort");
  expect(sent).not.toHaveBeenCalled();
  sent.mockRestore();
});
