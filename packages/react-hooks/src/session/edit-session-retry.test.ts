import { createImageClient, HttpError, NetworkError } from "@retouch/client";
import { createTestClient, type TestStep, tinyPng } from "@retouch/client/testing";
import { afterEach, describe, expect, it, vi } from "vitest";
import { controlledTransport, resultOf } from "../fixtures/controlled-transport.ts";
import { directTransport } from "../transport/direct-transport.ts";
import { EditSession } from "./edit-session.ts";
import type { EditState } from "./edit-state.ts";

const image = new Blob([tinyPng()], { type: "image/png" });
const params = { model: "gpt-image-1", image, prompt: "make it night", size: "1024x1024", n: 2 } as const;

/** Creates a session whose first request follows the script. Every later one succeeds. */
function setUp(script: readonly TestStep[]) {
  const client = createTestClient({ calls: [script, [{ type: "result", images: 2 }]] });
  const session = new EditSession({ transport: directTransport(client) });
  return { client, session, state: session.getSnapshot };
}

/** Resolves when the session has the given status. */
function reaching(session: EditSession, status: EditState["status"]): Promise<void> {
  return new Promise((resolve) => {
    const stop = session.subscribe(() => {
      if (session.getSnapshot().status !== status) return;
      stop();
      resolve();
    });
  });
}

async function expectSameAgain({ client, session, state }: ReturnType<typeof setUp>): Promise<void> {
  expect(client.requests).toHaveLength(1); // nothing is retried automatically
  const step = await session.retry();
  expect(client.requests).toHaveLength(2);
  const [first, second] = client.requests;
  expect(second?.fields).toEqual(first?.fields);
  expect(second?.fields).toMatchObject({ model: "gpt-image-1", prompt: "make it night", n: "2" });
  expect(second?.files).toEqual(first?.files);
  expect(second?.files).toMatchObject([{ field: "image", bytes: tinyPng() }]);
  expect(state()).toMatchObject({ status: "success", error: undefined, outcome: undefined, current: step });
  expect(state().steps).toHaveLength(3); // the source, and the two images of the result
}

afterEach(() => {
  vi.useRealTimers();
});

describe("retry", () => {
  const cut = { name: "NetworkError" };
  it.each([
    ["no connection", { outcome: "not-sent" }, cut],
    ["429", { outcome: "rejected", status: 429, code: "rate_limit_exceeded" }, { status: 429 }],
    ["429 over the quota", { outcome: "rejected", status: 429, code: "insufficient_quota" }, { status: 429 }],
    ["400", { outcome: "rejected", status: 400, code: "moderation_blocked" }, { status: 400 }],
    ["500", { outcome: "unknown", status: 500 }, { status: 500 }],
    ["524", { outcome: "unknown", status: 524 }, { status: 524 }],
    ["a cut connection", { outcome: "unknown" }, cut],
  ] as const)("retry sends the same edit once more after %s", async (_, failure, error) => {
    const all = setUp([{ type: "failure", ...failure }]);
    await all.session.edit(params);
    expect(all.state()).toMatchObject({ status: "error", error, outcome: failure.outcome });
    await expectSameAgain(all);
  });

  it("retry sends the same edit once more after a timeout", async () => {
    vi.useFakeTimers();
    const all = setUp([{ type: "progress", share: 1 }, { type: "hang" }]);
    const processing = reaching(all.session, "processing");
    const edited = all.session.edit(params);
    await processing;
    await vi.advanceTimersByTimeAsync(600_000);
    await edited;
    expect(all.state()).toMatchObject({
      status: "error",
      error: { name: "TimeoutError" },
      outcome: "unknown",
    });
    await expectSameAgain(all);
  });

  it("retry sends the same edit once more after it was canceled in progress", async () => {
    const all = setUp([{ type: "progress", share: 1 }, { type: "hang" }]);
    const processing = reaching(all.session, "processing");
    const edited = all.session.edit(params);
    await processing;
    all.session.cancel();
    await edited;
    expect(all.state()).toMatchObject({ status: "canceled", outcome: "unknown" });
    await expectSameAgain(all);
  });

  it("retry sends an edit that was canceled before it was sent", async () => {
    const { client, session, state } = setUp([{ type: "result" }]);
    const edited = session.edit(params);
    session.cancel();
    await edited;
    expect(state()).toMatchObject({ status: "canceled", outcome: "not-sent" });
    await session.retry();
    expect(client.requests).toHaveLength(1);
    expect(state().status).toBe("success");
  });

  it("retry after a 429 gives the client all its attempts again", async () => {
    const statuses = [429, 429, 429, 429, 200];
    const forms: Promise<FormData>[] = [];
    const client = createImageClient({
      apiKey: "any-long-key",
      maxRetries: 2,
      async fetch(_, init) {
        const form = new Response(init?.body, { headers: init?.headers ?? {} }).formData();
        forms.push(form);
        await form;
        const b64_json = Buffer.from(tinyPng()).toString("base64");
        const status = statuses[forms.length - 1] ?? 500;
        return Response.json({ data: [{ b64_json }] }, { status, headers: { "retry-after-ms": "0" } });
      },
    });
    const session = new EditSession({ transport: directTransport(client) });
    await session.edit(params);
    expect(session.getSnapshot()).toMatchObject({ status: "error", outcome: "rejected" });
    expect(forms).toHaveLength(3);
    await session.retry();
    expect(session.getSnapshot().status).toBe("success");
    expect(forms).toHaveLength(5);
    const prompts = (await Promise.all(forms)).map((form) => form.get("prompt"));
    expect(new Set(prompts)).toEqual(new Set(["make it night"]));
  });
});

describe("retry without a request", () => {
  it("retry reports the same problems again for an edit that preflight refuses", async () => {
    const { client, session, state } = setUp([]);
    await session.edit({ ...params, size: "1x1" as never });
    const { problems } = state();
    expect(problems).toMatchObject([{ field: "size" }]);
    expect(await session.retry()).toBeUndefined();
    expect(state()).toMatchObject({
      status: "error",
      error: { name: "InvalidInputError" },
      outcome: "not-sent",
    });
    expect(state().problems).toEqual(problems);
    expect(client.requests).toHaveLength(0);
  });

  it("retry sends nothing before the first edit or after a reset", async () => {
    const { client, session, state } = setUp([{ type: "failure", outcome: "unknown" }]);
    expect(await session.retry()).toBeUndefined();
    expect(state().status).toBe("idle");
    await session.edit(params);
    session.clear();
    expect(await session.retry()).toBeUndefined();
    expect(client.requests).toHaveLength(1);
  });

  it("a double click on retry sends one request", async () => {
    const all = setUp([{ type: "failure", outcome: "not-sent" }]);
    await all.session.edit(params);
    const [step, dropped] = await Promise.all([all.session.retry(), all.session.retry()]);
    expect(step).toBeDefined();
    expect(dropped).toBeUndefined();
    expect(all.client.requests).toHaveLength(2);
  });
});

describe("retry of an edit that a proxy with jobs has accepted", () => {
  /** Creates a session whose first edit is accepted as a job and then fails, and whose proxy answers in turn. */
  async function failed(error: Error, ...answers: (Error | string)[]) {
    const { check } = controlledTransport();
    const calls: string[] = [];
    const session = new EditSession({
      transport: {
        check,
        run: async (_, { onJob }) => {
          calls.push("run");
          await onJob?.("job-1");
          if (calls.length === 1) throw error;
          return resultOf("sent again");
        },
        collect: async (job) => {
          calls.push(job);
          const answer = answers.shift();
          if (answer instanceof Error) throw answer;
          return resultOf(String(answer));
        },
      },
    });
    await session.edit(params);
    expect(session.getSnapshot()).toMatchObject({
      status: "error",
      outcome: error instanceof HttpError ? error.outcome : "unknown",
    });
    return { session, calls };
  }
  const httpError = (status: number, code: string, outcome = "unknown") =>
    new HttpError("Seen.", { status, code, outcome } as never);
  const offline = new NetworkError("Offline.", { outcome: "unknown" });
  const signedOut = httpError(401, "not_authorized");

  it.each([
    ["the proxy", signedOut],
    ["its server", httpError(403, "not_signed_in")],
  ])("retry collects until it has the image, and sends nothing, while %s refuses", async (_, signedOut) => {
    const { session, calls } = await failed(offline, signedOut, offline, signedOut, signedOut, "night");
    for (const error of [signedOut, offline, signedOut, signedOut]) {
      expect(await session.retry()).toBeUndefined();
      expect(session.getSnapshot()).toMatchObject({ status: "error", outcome: "unknown", error });
    }
    const step = await session.retry();
    expect(await step?.blob?.text()).toBe("night");
    expect(calls).toEqual(["run", "job-1", "job-1", "job-1", "job-1", "job-1"]);
  });

  it.each([404, 405])("retry sends the edit when the proxy has no such job: %d", async (status) => {
    const { session, calls } = await failed(
      offline,
      httpError(status, status === 404 ? "job_not_found" : "method_not_allowed"),
    );
    expect(await (await session.retry())?.blob?.text()).toBe("sent again");
    expect(calls).toEqual(["run", "job-1", "run"]);
  });

  it("retry reports how the job ended before it sends the edit again", async () => {
    const late = httpError(524, "upstream_524");
    const { session, calls } = await failed(offline, late, late);
    await session.retry();
    expect(session.getSnapshot()).toMatchObject({ status: "error", error: late });
    expect(await (await session.retry())?.blob?.text()).toBe("sent again");
    expect(calls).toEqual(["run", "job-1", "job-1", "run"]);
  });

  it("retry of an edit that was refused collects nothing", async () => {
    const { session, calls } = await failed(httpError(401, "not_authorized", "not-sent"));
    await session.retry();
    expect(calls).toEqual(["run", "run"]);
  });
});
