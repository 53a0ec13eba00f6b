import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { afterAll, assert, beforeAll, describe, expect, test } from "vitest";
import { blocksOf } from "../src/docs/readme-blocks.ts";
import { runProcess } from "../src/support/run-process.ts";

// `contract/src/dom` runs the same cells in `verify`, under vitest with the newest jsdom, happy-dom and msw.

const contract = fileURLToPath(new URL("../", import.meta.url));
const runners = `${contract}runners/`;
/** Under `runners`, from where its packages are found. */
const built = `${runners}dist/`;
const report = `${built}report.json`;

beforeAll(async () => {
  await mkdir(built, { recursive: true });
  await build({
    stdin: {
      contents: 'import { runCells } from "./src/dom/run-cells.ts"; runCells();',
      resolveDir: contract,
    },
    bundle: true,
    format: "esm",
    packages: "external",
    alias: { vitest: "@jest/globals" },
    outfile: `${built}cells.test.mjs`,
  });
  const environment = blocksOf("packages/react-hooks/README.md").find(({ language }) => language === "cjs");
  const code = environment?.code ?? "";
  await writeFile(`${built}jsdom-26.cjs`, code);
  await writeFile(`${built}jsdom-newest.cjs`, code.replace('require("jsdom")', 'require("jsdom-newest")'));
  await writeFile(`${built}happy-dom.cjs`, happyDom);
});

afterAll(() => rm(built, { recursive: true }));

/** The README's advice for happy-dom. */
const happyDom = `
const HappyDOMEnvironment = require("@happy-dom/jest-environment").default;
module.exports = class extends HappyDOMEnvironment {
  constructor(config, context) {
    super(config, context);
    for (const name of ["BroadcastChannel", "structuredClone"]) this.global[name] = globalThis[name];
  }
  exportConditions() {
    return ["node", "node-addons"];
  }
};
`;

interface Report {
  readonly numPassedTests: number;
  readonly numTotalTests: number;
  readonly testResults: readonly {
    readonly message?: string;
    readonly assertionResults: readonly {
      readonly fullName: string;
      readonly failureMessages?: readonly string[];
    }[];
  }[];
}

/** Runs the cells with a runner that reports its result as JSON, which Jest and vitest do alike. */
async function expectGreen(
  [script, ...args]: readonly string[],
  environment: RegExp,
  env: NodeJS.ProcessEnv,
): Promise<void> {
  await rm(report, { force: true });
  const { stdout, stderr } = await runProcess(
    process.execPath,
    [script ?? "", ...args, `--outputFile=${report}`],
    { cwd: contract, env: { ...process.env, ...env } },
  );
  const json = await readFile(report, "utf8").catch(() => assert.fail(`${stdout}${stderr}`));
  const { numPassedTests, numTotalTests, testResults } = JSON.parse(json) as Report;
  const results = testResults.flatMap(({ assertionResults }) => assertionResults);
  const failures = [
    ...testResults.map(({ message }) => message),
    ...results.flatMap(({ failureMessages }) => failureMessages),
  ];
  expect(failures.filter(Boolean)).toEqual([]);
  expect(results[0]?.fullName).toMatch(environment);
  expect(numTotalTests).toBeGreaterThan(20);
  expect(numPassedTests).toBe(numTotalTests);
}

describe.each(["msw", "msw-2", "msw-2-oldest"])("with %s", (msw) => {
  test.each([
    ["jsdom 26", runners, "jsdom", /jsdom\/26\./],
    ["the newest jsdom", contract, "jsdom", /jsdom\/(?!26)/],
    ["happy-dom", contract, "happy-dom", /HappyDOM\//],
  ])("the cells pass under vitest and %s", async (_, root, environment, version) => {
    const script = `${root}node_modules/vitest/vitest.mjs`;
    const command = [
      script,
      "run",
      `--root=${root}`,
      `--config=${runners}vitest.config.ts`,
      "--reporter=json",
    ];
    await expectGreen(command, version, { RUNNERS_MSW: msw, RUNNERS_ENVIRONMENT: environment });
  });

  test.each([
    ["jsdom-26", /jsdom\/26\./],
    ["jsdom-newest", /jsdom\/(?!26)/],
    ["happy-dom", /HappyDOM\//],
  ])("the cells pass under Jest and %s", async (environment, version) => {
    const pathOf = (part: string): string => `${runners}node_modules/${msw}/lib/${part}/index.mjs`;
    const config = {
      rootDir: built,
      cacheDirectory: `${built}cache`,
      testMatch: ["**/cells.test.mjs"],
      testEnvironment: `${built}${environment}.cjs`,
      transform: {},
      testTimeout: 60_000, // the default of 5 s is too short for a busy machine
      moduleFileExtensions: ["js", "mjs", "cjs", "json"],
      // The built files of the mock import msw too.
      moduleNameMapper: msw === "msw" ? {} : { "^msw$": pathOf("core"), "^msw/node$": pathOf("node") },
    };
    const script = `${runners}node_modules/jest/bin/jest.js`;
    await expectGreen([script, `--config=${JSON.stringify(config)}`, "--json", "--watchman=false"], version, {
      NODE_OPTIONS: "--experimental-vm-modules --no-warnings",
    });
  });
});
