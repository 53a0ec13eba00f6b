import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { type MockServer, startMockServer } from "@retouch/mock/server";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runProcess } from "../../../contract/src/support/run-process.ts";
import { startRedis, type TestRedis } from "../../../packages/queue/src/fixtures/start-redis.ts";
import { root } from "../src/markdown/source-file.ts";
import { readWrittenPages, siteRoot } from "../src/pages.ts";

// What terminals show on the pages: each command runs against the mock, and has to print what the page says.
// `RETOUCH_WRITE_CAPTURES=1` writes the captures instead.

/** A capture, by its name in `docs/site/captures`. */
interface Capture {
  readonly commands: readonly string[];
  /** A behavior of the mock as the server; without one, nothing is sent, or `--mock` is used. */
  readonly scenario?: "ok" | "reset";
  /** What runs beside it, such as a worker. */
  readonly beside?: string;
  readonly env?: Readonly<Record<string, string>>;
}

const edit = 'retouch edit photo.jpg -m gpt-image-1 -p "make it dusk"';
const captures: Readonly<Record<string, Capture>> = {
  edit: { commands: [`${edit} --mock`] },
  "dry-run": { commands: [`${edit} --dry-run`] },
  "invalid-size": { commands: [`${edit} --size 640x480`, "echo $?"] },
  models: { commands: ["retouch models"] },
  "no-key": { commands: [edit, "echo $?"] },
  unknown: { commands: [edit, "echo $?", "retouch recover --list"], scenario: "reset" },
  doctor: { commands: ["retouch doctor"], scenario: "ok" },
  batch: {
    commands: [
      'retouch batch init "photos/*.jpg" -m gpt-image-1 -p "make it dusk" -o dusk.jsonl',
      "retouch batch run dusk.jsonl --dry-run",
      "retouch batch run dusk.jsonl --concurrency 1 --mock",
      "retouch batch status dusk.jsonl",
    ],
  },
  queue: {
    commands: ["retouch-queue run photos/dusk.jsonl --mock", "retouch-queue status"],
    beside: "retouch-queue worker --storage photos --concurrency 1 --mock --quiet",
  },
};

const key = "sk-0123456789abcd";
const photo = path.join(root, "tools/quickstart/sample/scene.png");
const isWriting = process.env["RETOUCH_WRITE_CAPTURES"] === "1";
/** What every reader has another of. */
const volatile: readonly (readonly [RegExp, string])[] = [
  [/(?<=127\.0\.0\.1:)\d+/g, "4010"],
  [/(?<=Node )[\d.]+ on [\w ]+/g, "24.11.0 on linux x64"],
  [/\d+(?= s from the server)/g, "0"],
  [/\d+(?= MB free)/g, "74864"],
  [/\b\d{8}T\d{6}Z-[\da-f]+/g, "20261102T093000Z-aa59ae3c"],
  [/\breq_\w+/g, "req_1"],
  [/\b\d{4}-\d\d-\d\dT[\d:.]+Z/g, "2026-11-02T09:30:00.000Z"],
];

let directory: string;
let redis: TestRedis;
beforeAll(async () => {
  directory = realpathSync(mkdtempSync(path.join(tmpdir(), "retouch-captures-")));
  const bin = path.join(directory, "bin");
  mkdirSync(bin);
  for (const [name, file] of [
    ["retouch", "cli/dist/bin.js"],
    ["retouch-queue", "queue/dist/bin.js"],
  ] as const)
    writeFileSync(
      path.join(bin, name),
      `#!/bin/sh\nexec "${process.execPath}" "${path.join(root, "packages", file)}" "$@"\n`,
      { mode: 0o755 },
    );
  redis = await startRedis();
});
afterAll(async () => {
  await redis?.close();
  rmSync(directory, { recursive: true, force: true, maxRetries: 3 });
});

describe("what a terminal shows on a page", () => {
  it.each(Object.entries(captures))("%s is what its commands print", async (name, capture) => {
    const folder = path.join(directory, name);
    mkdirSync(path.join(folder, "photos"), { recursive: true });
    cpSync(photo, path.join(folder, "photo.jpg"));
    for (const file of ["beach.jpg", "garden.jpg", "harbor.jpg"])
      cpSync(photo, path.join(folder, "photos", file));
    const rows = ["beach", "garden"].map((row) =>
      JSON.stringify({
        image: `${row}.jpg`,
        prompt: "make it dusk",
        model: "gpt-image-1",
        output: `${row}.dusk.{ext}`,
      }),
    );
    writeFileSync(path.join(folder, "photos/dusk.jsonl"), `${rows.join("\n")}\n`);
    const server: MockServer | undefined =
      capture.scenario === undefined
        ? undefined
        : await startMockServer({ scenario: capture.scenario, apiKey: key, render: "drawn" });
    try {
      const shown = await record(capture, folder, server?.url);
      const file = path.join(siteRoot, "captures", `${name}.console`);
      if (isWriting) writeFileSync(file, shown);
      expect(shown).toBe(readFileSync(file, "utf8"));
    } finally {
      await server?.close();
    }
  });

  it("is on a page, and nothing else is", () => {
    const used = readWrittenPages().flatMap(({ text }) =>
      [...text.matchAll(/^<!-- code: docs\/site\/captures\/([\w-]+)\.console -->$/gm)].map(
        ([, name]) => name,
      ),
    );
    expect([...new Set(used)].sort()).toEqual(Object.keys(captures).sort());
    expect(readdirSync(path.join(siteRoot, "captures")).sort()).toEqual(
      Object.keys(captures)
        .map((name) => `${name}.console`)
        .sort(),
    );
  });
});

/** Waits until the worker is known to Redis; `run` warns before. */
const connected = 'until retouch-queue status 2>/dev/null | grep -q "on 1 worker"; do :; done';

/** Runs the commands of a capture in one shell, and returns them with what they print. */
async function record(capture: Capture, folder: string, url: string | undefined): Promise<string> {
  const mark = "\u0001";
  // `$?` is that of the command before, not of what prints its line.
  const lines = capture.commands.map(
    (command) => `printf '${mark}%s\\n' ${quote(command)}\n(exit $status)\n${command}\nstatus=$?`,
  );
  const beside =
    capture.beside === undefined ? "" : `${capture.beside} >worker.log 2>&1 &\nworker=$!\n${connected}\n`;
  const end = capture.beside === undefined ? "" : "\nkill $worker; wait $worker 2>/dev/null\n";
  const ended = await runProcess(
    "bash",
    ["-c", `exec 2>&1\nstatus=0\n${beside}${lines.join("\n")}\n${end}`],
    {
      cwd: folder,
      env: {
        PATH: [path.join(directory, "bin"), process.env["PATH"]].join(path.delimiter),
        HOME: folder,
        TERM: "dumb",
        RETOUCH_STATE_DIR: path.join(folder, ".state"),
        REDIS_URL: redis.url,
        ...(url === undefined ? {} : { RETOUCH_BASE_URL: url, RETOUCH_API_KEY: key }),
        ...capture.env,
      },
    },
  );
  const shown = ended.stdout.replaceAll(mark, "$ ").replaceAll(folder, "/home/you").trimEnd();
  return `${volatile.reduce((text, [pattern, by]) => text.replaceAll(pattern, by), shown)}\n`;
}

function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
