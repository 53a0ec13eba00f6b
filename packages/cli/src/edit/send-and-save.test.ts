import { appendFile, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Runtime } from "@retouch/client/node";
import sharp from "sharp";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { CliError } from "../errors/cli-error.ts";
import { openClaims } from "../journal/claims/claims.ts";
import { foldJournal } from "../journal/fold-journal.ts";
import { openJournal } from "../journal/journal.ts";
import { nodeSystem } from "../journal/node-system.ts";
import { openOwnOutputs } from "../journal/own-outputs.ts";
import { openSavedIndex } from "../journal/saved-index.ts";
import type { Files, System } from "../journal/system.ts";
import { createEditClient } from "./edit-client.ts";
import { type EditContext, sendAndSave } from "./send-and-save.ts";

let directory = "";
beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), "retouch-send-"));
});
afterEach(() => rm(directory, { recursive: true }));

/** Timers that a test fires: short waits end at once, the time limit of the edit when it says so. */
function createRuntime(timeoutMs: number): Runtime & { passTimeLimit(): void } {
  const limits = new Map<unknown, () => void>();
  return {
    setTimeout(work, delayMs) {
      const timer = {};
      if (delayMs === timeoutMs) limits.set(timer, work);
      else queueMicrotask(work);
      return timer;
    },
    clearTimeout: (timer) => void limits.delete(timer),
    performance: { now: () => 0 },
    Math,
    passTimeLimit() {
      for (const work of limits.values()) work();
    },
  };
}

/** Files whose disk is full after `freeBytes` of a response or an image. */
function createFullDisk(freeBytes: number): Files {
  const full = () => Object.assign(new Error("ENOSPC: no space left on device, write"), { code: "ENOSPC" });
  return {
    ...nodeSystem.files,
    async open(file, flags, mode) {
      const opened = await nodeSystem.files.open(file, flags, mode);
      if (flags === "r" || file.endsWith(".jsonl")) return opened;
      let left = file.endsWith("response") ? freeBytes : 0;
      async function write(bytes: Uint8Array, offset = 0): Promise<{ bytesWritten: number }> {
        if (left === 0) throw full();
        const length = Math.min(left, bytes.length - offset);
        left -= length;
        return opened.write(bytes, offset, length);
      }
      const writev = (parts: Uint8Array[]) => write(Buffer.concat(parts));
      return Object.assign(Object.create(opened) as typeof opened, {
        write,
        writev,
        sync: () => opened.sync(),
        close: () => opened.close(),
      });
    },
  };
}

const timeoutMs = 60_000;
const drawPhoto = () =>
  sharp({ create: { width: 8, height: 8, channels: 3, background: "#345" } })
    .png()
    .toBuffer();

/** Sends an edit of a photo over a system. Its journal is still open. */
async function send(
  system: System,
  {
    stream,
    dialect,
    ...hooks
  }: { stream?: true; dialect?: { task: { statusPath: string } } } & Partial<
    Pick<EditContext, "beforeSend" | "afterRecord" | "claims" | "saved" | "onTask">
  > = {},
) {
  const photo = path.join(directory, "photo.png");
  await writeFile(photo, await drawPhoto());
  const journal = await openJournal(path.join(directory, "journal.jsonl"), system);
  const options = {
    baseUrl: "https://images.example/v1",
    serverKey: "here",
    apiKey: "sk-test-0123456789",
    timeoutMs,
    ...(dialect && { address: { dialect } }),
  };
  const job = {
    params: { image: photo, prompt: "A red hat", model: "gpt-image-1", ...(stream && { stream }) },
    inputs: [],
    output: { chunks: [path.join(directory, "out.png")] },
    count: 1,
    force: false,
    pasteBack: false,
  };
  const report = await sendAndSave(job, {
    system,
    id: "edit",
    request: "0".repeat(32),
    client: createEditClient(options, system),
    journal,
    outputs: openOwnOutputs([directory], system),
    retryUnknown: false,
    responseFile: path.join(directory, "response"),
    sink: async () => undefined,
    signal: new AbortController().signal,
    ...hooks,
  });
  return { report, journal };
}

/** A system whose server would bill each form. */
function createBilling(): System & { posts: number } {
  const system: System & { posts: number } = {
    ...nodeSystem,
    posts: 0,
    async transport() {
      system.posts++;
      throw new Error("The connection was cut.");
    },
  };
  return system;
}

/** A system whose server responds with JSON. */
function respondWith(next: () => { readonly status: number; readonly text: string }): System {
  return {
    ...nodeSystem,
    async transport() {
      const { status, text } = next();
      const body = (async function* () {
        yield Buffer.from(text);
      })();
      const headers = new Headers({ "content-type": "application/json" });
      return { status, statusText: "", headers, body };
    },
  };
}

/** Returns the types of the entries that a journal has. */
async function typesIn(journal: { readonly file: string; close(): Promise<void> }): Promise<string[]> {
  await journal.close();
  const lines = (await readFile(journal.file, "utf8")).trim().split("\n").slice(1);
  return lines.map((line) => (JSON.parse(line) as { type: string }).type);
}

describe(sendAndSave, () => {
  it.each([
    { freeBytes: 1_000_000, stream: false, exitCode: 11, outcome: "billed" },
    { freeBytes: 19, stream: false, exitCode: 8, outcome: "unknown" },
    { freeBytes: 1_000_000, stream: true, exitCode: 11, outcome: "billed" },
    { freeBytes: 19, stream: true, exitCode: 8, outcome: "unknown" },
    { freeBytes: 0, stream: false, exitCode: 8, outcome: "unknown" },
  ])(
    "says that a response is stored only if all of it is: $freeBytes bytes free, stream $stream",
    async ({ freeBytes, stream, exitCode, outcome }) => {
      const b64_json = (await drawPhoto()).toString("base64");
      const response = stream
        ? `data: ${JSON.stringify({ type: "image_edit.completed", b64_json })}\n\ndata: [DONE]\n\n`
        : JSON.stringify({ created: 1, data: [{ b64_json }] });
      const system: System = {
        ...nodeSystem,
        files: createFullDisk(freeBytes),
        async transport() {
          const headers = new Headers({ "content-type": stream ? "text/event-stream" : "application/json" });
          const body = (async function* () {
            yield Buffer.from(response);
          })();
          return { status: 200, statusText: "", headers, body };
        },
      };
      const { report, journal } = await send(system, { ...(stream && { stream }) });
      await journal.close();
      expect(report.failure).toMatchObject({ exitCode, error: { outcome, code: "write_failed" } });
      expect(String(report.failure?.error).includes("not stored completely")).toBe(exitCode === 8);
      // `recover` still finds the part that is there.
      expect(report.failure?.rawAnswer !== undefined).toBe(freeBytes > 0);
    },
  );

  it("keeps the claim of an image that the index cannot list, so that another machine does not send it", async () => {
    const photo = await drawPhoto();
    const text = JSON.stringify({ created: 1, data: [{ b64_json: photo.toString("base64") }] });
    const system = respondWith(() => ({ status: 200, text }));
    const appendFile = async (file: string) => {
      if (file.startsWith(path.join(directory, "beside"))) throw new Error("ENOSPC");
    };
    const places = ["beside", "own"].map((name) => path.join(directory, name));
    const saved = openSavedIndex(places, { files: { ...nodeSystem.files, appendFile } });
    const claims = openClaims([path.join(directory, "claims")], async () => undefined, system);
    const { report, journal } = await send(system, { claims, saved });
    expect(report.failure).toBeUndefined();
    expect(await typesIn(journal)).toEqual(["planned", "sent", "saved"]);
    expect((await claims.find()).map(({ content }) => content?.state)).toEqual(["sent"]);
  });

  it("reports a task that the journal has no space for", async () => {
    const responses = [
      { status: 202, text: JSON.stringify({ id: "task-1", status: "queued" }) },
      { status: 410, text: "{}" },
    ];
    const open = async (...given: Parameters<Files["open"]>) => {
      const handle = await nodeSystem.files.open(...given);
      const append = handle.appendFile.bind(handle);
      handle.appendFile = async (text) => {
        if (String(text).includes('"task"')) throw new Error("ENOSPC");
        await append(text);
      };
      return handle;
    };
    const system = respondWith(() => responses.shift() ?? { status: 500, text: "" });
    const tasks: string[] = [];
    const onTask = ({ taskId }: { readonly taskId: string }) => void tasks.push(taskId);
    const runtime = createRuntime(timeoutMs);
    const files = { ...nodeSystem.files, open: open as Files["open"] };
    const dialect = { task: { statusPath: "/v1/tasks/{id}" } };
    const { journal } = await send({ ...system, runtime, files }, { onTask, dialect });
    await journal.close();
    expect(await readFile(journal.file, "utf8")).not.toContain('"task"');
    expect(tasks).toEqual(["task-1"]);
  });

  it("records no attempt as sent that waited for its turn past the time limit", async () => {
    const runtime = createRuntime(timeoutMs);
    let posts = 0;
    const system: System = {
      ...nodeSystem,
      runtime,
      async transport() {
        posts++;
        const body = (async function* () {})();
        return { status: 429, statusText: "", headers: new Headers({ "retry-after": "1" }), body };
      },
    };
    let takeTurn = (): void => undefined;
    const turn = new Promise<void>((resolve) => {
      takeTurn = resolve;
    });
    const { report, journal } = await send(system, {
      async beforeSend(attempt) {
        if (attempt === 1) return;
        runtime.passTimeLimit();
        await turn;
      },
    });
    expect(report.failure?.error).toMatchObject({ name: "TimeoutError", outcome: "not-sent" });
    takeTurn();
    // A turn of the event loop, in which the attempt would go on.
    await new Promise(setImmediate);
    expect(await typesIn(journal)).toEqual(["planned", "sent", "refused", "failed"]);
    expect(posts).toBe(1);
  });

  it("sends nothing that must not follow its record, and closes that", async () => {
    const system = createBilling();
    const { report, journal } = await send(system, {
      afterRecord: async () => {
        throw new CliError("Taken over.", { exitCode: 2, code: "lock_lost" });
      },
    });
    expect(report.failure?.error).toMatchObject({ code: "lock_lost" });
    const last = (await readFile(journal.file, "utf8")).trim().split("\n").at(-1) ?? "";
    expect(JSON.parse(last)).toMatchObject({ type: "failed", outcome: "not-sent", code: "lock_lost" });
    expect([await typesIn(journal), system.posts]).toEqual([["planned", "sent", "failed"], 0]);
  });

  it("leaves the record to the process that took its claim, whatever stopped this one", async () => {
    const system = createBilling();
    const claims = openClaims([path.join(directory, "claims")], async () => undefined, system);
    const [claim, response] = [path.join(directory, "claims", "0", `${"0".repeat(32)}.edit`), "response"];
    const { report, journal } = await send(system, {
      claims,
      async beforeSend() {
        // While this process was stopped, another one took the claim, sent the edit and has a part of its response.
        await writeFile(claim, (await readFile(claim, "utf8")).replace(/"token":"\w+"/, '"token":"other"'));
        await writeFile(path.join(directory, response), "{");
        throw new Error("The time limit passed meanwhile.");
      },
    });
    expect(report.failure?.error).toMatchObject({ code: "in_flight" });
    expect(await typesIn(journal)).toEqual(["planned"]);
    expect(await readFile(path.join(directory, response), "utf8")).toBe("{");
    expect((await claims.find()).map(({ content }) => content?.token)).toEqual(["other"]);
    expect(system.posts).toBe(0);
  });

  it.each([
    { what: "saves a complete response and removes its file", isCut: false },
    { what: "keeps a part of a response", isCut: true },
  ])("$what although another process took its claim meanwhile", async ({ isCut }) => {
    const photo = await drawPhoto();
    const response = path.join(directory, "response");
    const claim = path.join(directory, "claims", "0", `${"0".repeat(32)}.edit`);
    const system: System = {
      ...nodeSystem,
      async transport() {
        const text = JSON.stringify({ created: 1, data: [{ b64_json: photo.toString("base64") }] });
        const body = (async function* () {
          yield Buffer.from(text.slice(0, 20));
          await writeFile(claim, (await readFile(claim, "utf8")).replace(/"token":"\w+"/, '"token":"other"'));
          if (isCut) throw new Error("The connection was cut.");
          yield Buffer.from(text.slice(20));
        })();
        return {
          status: 200,
          statusText: "",
          headers: new Headers({ "content-type": "application/json" }),
          body,
        };
      },
    };
    const claims = openClaims([path.join(directory, "claims")], async () => undefined, system);
    const { report, journal } = await send(system, { claims });
    expect(await typesIn(journal)).toEqual(["planned", "sent", isCut ? "failed" : "saved"]);
    expect(await readFile(response).catch(({ code }) => code)).toEqual(isCut ? expect.any(Buffer) : "ENOENT");
    if (isCut) expect(report.failure).toMatchObject({ exitCode: 8, rawAnswer: response });
    else expect((await readFile(path.join(directory, "out.png"))).equals(photo)).toBe(true);
  });

  it("saves what arrived after another process sent the edit again, and says that this may be billed", async () => {
    const photo = await drawPhoto();
    const text = JSON.stringify({ created: 1, data: [{ b64_json: photo.toString("base64") }] });
    const [claim, file] = ["claims/0", "journal.jsonl"].map((name) => path.join(directory, name)) as [
      string,
      string,
    ];
    const system: System = {
      ...nodeSystem,
      async transport() {
        // While this process was stopped, another one took the claim and recorded an attempt of its own.
        const own = path.join(claim, `${"0".repeat(32)}.edit`);
        await writeFile(own, (await readFile(own, "utf8")).replace(/"token":"\w+"/, '"token":"other"'));
        const owner = { host: "other", pid: 1 };
        for (const entry of [
          { type: "planned", owner },
          { type: "sent", attempt: 1 },
        ])
          await appendFile(file, `${JSON.stringify({ id: "edit", ...entry })}\n`);
        const body = (async function* () {
          yield Buffer.from(text);
        })();
        const headers = new Headers({ "content-type": "application/json" });
        return { status: 200, statusText: "", headers, body };
      },
    };
    const claims = openClaims([path.join(directory, "claims")], async () => undefined, system);
    const { report, journal } = await send(system, { claims });
    expect(report.failure).toBeUndefined();
    expect(report.warnings).toMatchObject([{ code: "sent_again" }]);
    expect(await typesIn(journal)).toEqual(["planned", "sent", "planned", "sent", "saved", "sent"]);
    const folded = await foldJournal(file, undefined, nodeSystem);
    expect(folded.stateOf("edit")).toEqual({ phase: "saved", hasEarlier: true });
    expect((await readFile(path.join(directory, "out.png"))).equals(photo)).toBe(true);
  });
});
