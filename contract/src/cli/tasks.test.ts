import type { ChildProcess } from "node:child_process";
import { readdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { outputsOf, runBatch, writeManifest } from "./support/batch-manifest.ts";
import { type RawServer, sendJson, startRawServer } from "./support/raw-server.ts";
import { type CliOptions, type CliRun, hasSignals, runCli } from "./support/run-cli.ts";
import { pngBase64, useWorkDirectory } from "./support/work-directory.ts";

const directory = useWorkDirectory();
let raw: RawServer | undefined;
afterEach(async () => {
  await raw?.close();
  raw = undefined;
});

/** A server that makes a task of each edit. `polls` counts what it was asked, and `state` is what it says. */
interface TaskServer {
  readonly url: string;
  readonly polls: string[];
  posts(): number;
  state: "pending" | "later" | "done" | "failed" | "unauthorized" | "forgotten";
  /** Called with each poll before its response. */
  onPoll: () => void;
}

async function startTaskServer(): Promise<TaskServer> {
  const b64 = await pngBase64(64, 48);
  const bodies = {
    pending: { status: "processing" },
    later: { status: "processing" },
    done: { status: "completed", result: { data: [{ b64_json: b64 }] } },
    failed: { status: "failed", error: { code: "moderation_blocked", message: "Not that." } },
    unauthorized: { error: { message: "No." } },
    forgotten: { error: { message: "No such task." } },
  };
  const keys: (string | undefined)[] = [];
  const server = await startRawServer((response, post, request) => {
    keys.push(request.headers.authorization);
    if (request.method === "POST") {
      response.setHeader("retry-after-ms", "1");
      return sendJson(response, { id: `task-${post}`, status: "queued" }, 202);
    }
    task.polls.push(request.url ?? "");
    task.onPoll();
    response.setHeader(
      task.state === "later" ? "retry-after" : "retry-after-ms",
      task.state === "later" ? "9999" : "1",
    );
    sendJson(
      response,
      bodies[task.state],
      task.state === "unauthorized" ? 401 : task.state === "forgotten" ? 410 : 200,
    );
  });
  raw = server;
  const task: TaskServer = {
    url: server.url,
    polls: [],
    posts: server.posts,
    state: "pending",
    onPoll: () => expect(keys.at(-1)).toBe(`Bearer ${key}`),
  };
  return task;
}

const key = "sk-test-0123456789";
const run = (
  server: TaskServer,
  argv: readonly string[],
  options: Partial<CliOptions> = {},
): Promise<CliRun> =>
  runCli(argv, {
    cwd: directory.path,
    ...options,
    env: { RETOUCH_API_KEY: key, RETOUCH_BASE_URL: server.url, RETOUCH_DIALECT: "pixapi", ...options.env },
  });
const edit = ["edit", "photo.png", "-m", "acme-9", "-p", "A hat", "-o", "out.png", "--json"];
const errorOf = ({ stdout }: CliRun) => (JSON.parse(stdout) as { error: Record<string, unknown> }).error;
const openEdits = async (server: TaskServer) => {
  const { stdout } = await run(server, ["recover", "--list", "--json"]);
  return (JSON.parse(stdout) as { edits: { id: string; state: string; taskId?: string }[] }).edits;
};
const responseOf = (id = "") => path.join(directory.path, ".state", "edits", `${id}.answer`);
const typesOf = async (id: string) => {
  const text = await readFile(path.join(directory.path, ".state", "edits", `${id}.jsonl`), "utf8");
  return text
    .trim()
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => (JSON.parse(line) as { type: string }).type);
};

/** Kills a process as its first poll arrives: after the form was sent, before there is a result. */
function killAtPoll(
  server: TaskServer,
  signal: "SIGKILL" | "SIGINT" = "SIGKILL",
): (child: ChildProcess) => void {
  return (child) => {
    server.onPoll = () => child.kill(signal);
  };
}

describe.runIf(hasSignals)("an edit that is killed while its task is polled", () => {
  it("is in the journal before the first poll, and is polled by the same command", async () => {
    const server = await startTaskServer();
    expect((await run(server, edit, { during: killAtPoll(server) })).code).not.toBe(0);
    expect(server.posts()).toBe(1);
    const [open] = await openEdits(server);
    expect(open).toMatchObject({ state: "pending", taskId: "task-1" });
    expect(await typesOf(open?.id ?? "")).toEqual(["journal", "planned", "sent", "task"]);
    server.onPoll = () => undefined;
    server.state = "later";
    const waiting = await run(server, edit);
    expect(waiting.code).toBe(8);
    expect(errorOf(waiting)).toMatchObject({ code: "task_pending", outcome: "unknown", taskId: "task-1" });
    server.state = "done";
    // What a process leaves that is killed while it stores the response.
    await writeFile(responseOf(open?.id), '{"status":"completed","result":{"data":[{"b64_json":"iVBORw0KGgo');
    const saved = await run(server, edit);
    expect(saved.code).toBe(0);
    expect(saved.stderr).toContain("task-1 at the server. It is polled; nothing is sent again.");
    expect(JSON.parse(saved.stdout)).toMatchObject({
      images: [{ path: path.join(directory.path, "out.png") }],
    });
    expect(server.posts()).toBe(1);
    expect(new Set(server.polls)).toEqual(new Set(["/v1/tasks/task-1"]));
    expect(await openEdits(server)).toEqual([]);
    expect(await typesOf(open?.id ?? "")).toEqual(["journal", "planned", "sent", "task", "task", "saved"]);
    // Saved, it does not block: the next one is another image.
    expect((await run(server, [...edit, "--force"])).code).toBe(0);
    expect(server.posts()).toBe(2);
  });

  it("is saved from its stored response, although the server has forgotten it", async () => {
    const server = await startTaskServer();
    const stopped = await run(server, edit, { during: killAtPoll(server, "SIGINT") });
    expect(stopped.code).toBe(130);
    expect(errorOf(stopped)).toMatchObject({ code: "interrupted", outcome: "unknown", taskId: "task-1" });
    server.onPoll = () => undefined;
    server.state = "forgotten";
    const polls = server.polls.length;
    const [open] = await openEdits(server);
    await writeFile(
      responseOf(open?.id),
      JSON.stringify({ status: "completed", data: [{ b64_json: await pngBase64() }] }),
    );
    expect((await run(server, edit)).code).toBe(0);
    expect([server.posts(), server.polls.length]).toEqual([1, polls]);
  });

  it("blocks once the server has forgotten it, and is not polled again", async () => {
    const server = await startTaskServer();
    await run(server, edit, { during: killAtPoll(server) });
    server.onPoll = () => undefined;
    server.state = "forgotten";
    expect(errorOf(await run(server, edit))).toMatchObject({
      status: 410,
      outcome: "unknown",
      taskId: "task-1",
    });
    expect(errorOf(await run(server, edit))).toMatchObject({ code: "unresolved_edit" });
    expect(server.posts()).toBe(1);
  });

  it("is finished by `retouch recover`, at its own server only", async () => {
    const server = await startTaskServer();
    await run(server, edit, { during: killAtPoll(server) });
    server.onPoll = () => undefined;
    const polls = server.polls.length;
    const elsewhere = await run(server, ["recover"], { env: { RETOUCH_BASE_URL: "http://127.0.0.1:9" } });
    expect(elsewhere.code).toBe(2);
    expect(elsewhere.stderr).toContain(`Task task-1 is at ${server.url}.`);
    expect(server.polls).toHaveLength(polls);
    server.state = "later";
    expect((await run(server, ["recover"])).code).toBe(8);
    server.state = "pending";
    expect((await run(server, ["recover", "--timeout", "1"])).code).toBe(8);
    server.state = "unauthorized";
    expect((await run(server, ["recover"])).code).toBe(8);
    server.state = "done";
    // The dialect is in the journal.
    const recovered = await run(server, ["recover"], { env: { RETOUCH_DIALECT: "" } });
    expect(recovered.code).toBe(0);
    expect(recovered.stdout).toBe(`${path.join(directory.path, "out.png")}\n`);
    expect(server.posts()).toBe(1);
    expect(await openEdits(server)).toEqual([]);
    expect(await readdir(path.join(directory.path, ".state", "edits"))).toHaveLength(1);
  });
});

it("pastes the image of a task back that `recover` has waited for", async () => {
  const server = await startTaskServer();
  server.state = "later";
  const waiting = await run(server, [...edit, "--mask-rect", "0,0,9,9", "--paste-back"]);
  expect(errorOf(waiting)).toMatchObject({ code: "task_pending" });
  server.state = "done";
  const recovered = await run(server, ["recover"]);
  expect([recovered.code, recovered.stdout]).toEqual([0, `${path.join(directory.path, "out.png")}\n`]);
  expect(recovered.stderr).not.toContain("pasted");
  expect(await readdir(path.join(directory.path, ".state", "edits"))).toHaveLength(1);
});

describe("a task", () => {
  it("that failed is shown with the server's message, and is not polled again", async () => {
    const server = await startTaskServer();
    server.state = "failed";
    const failed = await run(server, edit);
    expect(failed.code).toBe(8);
    expect(errorOf(failed)).toMatchObject({
      code: "moderation_blocked",
      outcome: "unknown",
      taskId: "task-1",
    });
    expect(failed.stderr).toContain('"Not that"');
    expect(await openEdits(server)).toMatchObject([{ state: "unknown" }]);
    const again = await run(server, edit);
    expect(errorOf(again)).toMatchObject({ code: "unresolved_edit" });
    expect([server.posts(), server.polls.length]).toEqual([1, 1]);
  });

  it("is one that may be billed without a dialect, and names its id", async () => {
    const server = await startTaskServer();
    const unknown = await run(server, edit, { env: { RETOUCH_DIALECT: "" } });
    expect(unknown.code).toBe(8);
    expect(errorOf(unknown)).toMatchObject({ code: "task_pending", outcome: "unknown", taskId: "task-1" });
    expect(server.polls).toEqual([]);
    expect(await openEdits(server)).toMatchObject([{ state: "answer kept" }]);
  });
});

describe.runIf(hasSignals)("a batch that is killed while its tasks are polled", () => {
  it("is finished by its next run, which sends only what was not sent", async () => {
    const server = await startTaskServer();
    const env = { RETOUCH_DIALECT: "pixapi" };
    await writeManifest(directory.path, 3);
    await runBatch(directory.path, server.url, ["--concurrency", "2"], {
      env,
      during(child) {
        server.onPoll = () => server.posts() === 2 && child.kill("SIGKILL");
      },
    });
    const sent = server.posts();
    expect(sent).toBeGreaterThanOrEqual(2);
    server.onPoll = () => undefined;
    server.state = "later";
    const waiting = await runBatch(directory.path, server.url, ["--retry-unknown", "--concurrency", "3"], {
      env,
    });
    expect(waiting.code).toBe(8);
    expect(waiting.stderr).toMatch(
      /row\(s\) are tasks at the server\. They are polled; nothing is sent again\./,
    );
    expect(server.posts()).toBe(3);
    server.state = "done";
    const rest = await runBatch(directory.path, server.url, [], { env });
    expect(rest.code).toBe(0);
    expect(await outputsOf(directory.path)).toEqual(["0.png", "1.png", "2.png"]);
    expect(server.posts()).toBe(3);
    expect(await openEdits(server)).toEqual([]);
  });
});
