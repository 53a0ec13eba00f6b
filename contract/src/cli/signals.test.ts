import type { ChildProcess } from "node:child_process";
import { readdir } from "node:fs/promises";
import { afterEach, describe, expect, it } from "vitest";
import { type RawServer, sendJson, startRawServer } from "./support/raw-server.ts";
import { type CliRun, hasSignals, runCli } from "./support/run-cli.ts";
import { useWorkDirectory } from "./support/work-directory.ts";

const directory = useWorkDirectory();
let raw: RawServer | undefined;
let child: ChildProcess | undefined;
afterEach(async () => {
  await raw?.close();
  raw = undefined;
});

/** Runs the CLI against a server that responds with an image URL; when it is fetched, the process gets the signal. */
async function run(argv: readonly string[], signal: NodeJS.Signals): Promise<CliRun> {
  raw ??= await startRawServer((response, _, request) => {
    if (request.method === "POST") sendJson(response, { created: 1, data: [{ url: `${raw?.url}/r.png` }] });
    else child?.kill(signal);
  });
  return runCli(argv, {
    cwd: directory.path,
    env: { RETOUCH_API_KEY: "sk-test-0123456789", RETOUCH_BASE_URL: raw.url },
    during: (started) => {
      child = started;
    },
  });
}

const signals = [
  ["SIGINT", 130],
  ["SIGTERM", 143],
  ["SIGHUP", 129],
] as const;

describe.runIf(hasSignals).each(signals)("%s while an image URL does not respond", (signal, code) => {
  it.each([
    ["files", []],
    ["paste-back", ["--mask-rect", "8,8,32,24", "--paste-back"]],
    ["stdout", ["-o", "-"]],
  ])(`ends an edit to %s with ${code}, and prints the path of the response`, async (_, flags) => {
    const argv = ["edit", "photo.png", "-m", "acme-9", "-p", "x", ...flags];
    const ended = await run(argv, signal);
    expect(ended).toMatchObject({ code, stdout: "" });
    expect(ended.stderr).toContain("may be billed");
    const saved = ended.stderr.split("\n").find((line) => line.endsWith(".answer"));
    expect(saved).toMatch(/^\//);
    expect((await readdir(directory.path)).filter((name) => !name.startsWith("."))).toEqual(["photo.png"]);
  });

  it(`ends retouch recover with ${code} and one document`, async () => {
    await run(["edit", "photo.png", "-m", "acme-9", "-p", "x"], signal);
    const ended = await run(["recover", "--json"], signal);
    expect(ended.code).toBe(code);
    expect(JSON.parse(ended.stdout)).toMatchObject({ error: { code: "interrupted", exitCode: code } });
  });
});
