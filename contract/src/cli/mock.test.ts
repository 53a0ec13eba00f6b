import { once } from "node:events";
import { expect, it } from "vitest";
import { hasSignals, runCli } from "./support/run-cli.ts";
import { useWorkDirectory } from "./support/work-directory.ts";

const directory = useWorkDirectory();

/** Runs `retouch mock`, passes its URL to `use` and ends it with SIGTERM. */
async function serve(argv: readonly string[], use: (url: string) => Promise<void>) {
  let used: Promise<void> | undefined;
  const ended = await runCli(["mock", "--port", "0", ...argv], {
    cwd: directory.path,
    during(child) {
      used = (async () => {
        const [first] = (await once(child.stdout ?? child, "data")) as [Buffer];
        try {
          await use(first.toString().split("\n")[0] ?? "");
        } finally {
          child.kill("SIGTERM");
        }
      })();
    },
  });
  await used;
  return ended;
}

it("prints its URL first, plays a script with latency, logs each request and exits cleanly", async () => {
  const argv = ["--scenario", "rate-limited, then ok", "--latency", "5", "--log", "--quiet"];
  const ended = await serve(argv, async (url) => {
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    const edit = await runCli(
      ["edit", "photo.png", "-m", "acme-9", "-p", "secret prompt", "--size", "64x64", "--base-url", url],
      { cwd: directory.path, env: { RETOUCH_API_KEY: "secret-key" } },
    );
    expect(edit.code, edit.stderr).toBe(0);
  });
  expect(ended.stdout.split("\n")).toHaveLength(2);
  const lines = ended.stderr.trim().split("\n");
  expect(lines).toHaveLength(2);
  expect(lines[0]).toMatch(/POST \/v1\/images\/edits.*429/);
  expect(lines[1]).toMatch(/POST \/v1\/images\/edits.*200/);
  expect(ended.stderr).not.toMatch(/secret/);
  if (hasSignals) expect(ended.code).toBe(143);
});

it("logs no requests without --log", async () => {
  const ended = await serve(["--quiet"], async (url) => {
    await fetch(`${url}/v1/models`, { headers: { authorization: "Bearer any" } });
  });
  expect(ended.stderr).toBe("");
});
