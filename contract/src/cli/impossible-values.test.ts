import { writeFile } from "node:fs/promises";
import path from "node:path";
import { type MockServer, startMockServer } from "@retouch/mock/server";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { type CliRun, runCli } from "./support/run-cli.ts";
import { useWorkDirectory } from "./support/work-directory.ts";

const directory = useWorkDirectory();
let mock: MockServer;
beforeAll(async () => {
  mock = await startMockServer({ render: "drawn" });
});
afterEach(() => {
  expect(mock.requests).toEqual([]);
  mock.reset();
});
afterAll(() => mock.close());

/** Runs the CLI with a heap that a list of a million names does not fit into. */
function run(argv: readonly string[]): Promise<CliRun> {
  return runCli(argv, {
    cwd: directory.path,
    env: {
      RETOUCH_API_KEY: "sk-test-0123456789",
      RETOUCH_BASE_URL: mock.url,
      RETOUCH_MODEL: "acme-9",
      NODE_OPTIONS: "--max-old-space-size=120",
    },
  });
}
async function runRow(row: Readonly<Record<string, unknown>>): Promise<CliRun> {
  const json = JSON.stringify({ image: "photo.png", prompt: "x", ...row });
  await writeFile(path.join(directory.path, "m.jsonl"), json.replace("1e+300", "1e300"));
  return run(["batch", "run", "m.jsonl"]);
}

describe("a number that no model accepts", () => {
  it.each(["100000000", "11", "0", "-1"])(
    "refuses `-n %s` before it plans a name for each image",
    async (n) => {
      const refused = await run(["edit", "photo.png", "-p", "x", "-n", n, "--json"]);
      expect(refused.code).toBe(2);
      expect(JSON.parse(refused.stdout).error).toMatchObject({
        code: "invalid_input",
        message: `\`n\` is ${n}. Give a whole number from 1 to 10.`,
      });
      expect(refused.stderr).toContain("Nothing was sent.");
    },
  );

  it.each([1e7, 1e300, 1.5])("refuses a row with `n: %s` and names its line", async (n) => {
    const refused = await runRow({ n });
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain(`m.jsonl:1: \`n\` is ${n}. Give a whole number from 1 to 10.`);
  });

  it.each([
    ["mock", "--port", "70000"],
    ["mock", "--port", "-1"],
    ["mock", "--port", "0", "--latency", "9999999999"],
    ["edit", "photo.png", "-p", "x", "--timeout", "9999999999"],
  ])("refuses %s %s %s", async (...argv) => {
    expect((await run(argv)).code).toBe(2);
  });
});

describe("a name that no file can have", () => {
  it.each(["image", "mask", "output"])("refuses NUL in `%s` of a row", async (field) => {
    const refused = await runRow({ [field]: "a\u0000b.png" });
    expect(refused.code).toBe(2);
    expect(refused.stderr).toMatch(/m\.jsonl:1: .*NUL/);
  });

  it("refuses a name that the file system refuses", async () => {
    const refused = await run(["edit", "photo.png", "-p", "x", "-o", `${"d".repeat(300)}/x.png`]);
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain("ENAMETOOLONG");
  });
});
