/**
 * Repeats the browser and timing suites, every other run with all cores busy, and adds the results to the table in
 * `docs/testing.md`: `pnpm test:repeat 40`. The log of a failed run is saved in `node_modules/.repeat-tests/`.
 */
import { spawn } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const table = `${root}docs/testing.md`;
const end = "<!-- runs: end -->";
const logs = `${root}node_modules/.repeat-tests`;

/** Tests that use a browser, a signal, a deadline or a rate limiter. */
const suites = [
  ["packages/client", "--project", "chromium"],
  ["packages/client", "--project", "node", "src/faults", "src/node/transport", "src/create-image-client"],
  ["packages/react-hooks", "--project", "react-19", "--project", "react-18"],
  ["packages/mock", "--project", "node", "src/start-mock-server"],
  [
    "contract",
    "src/scenarios/faults",
    "src/cli/batch",
    "src/cli/signals",
    "src/cli/terminal",
    "src/cli/recover",
  ],
];

const count = Number(process.argv[2] ?? 40);
if (!Number.isInteger(count) || count < 1) {
  console.error(`The number of runs is \`${process.argv[2]}\`. Give an integer: \`pnpm test:repeat 40\`.`);
  process.exit(2);
}

function run(directory, args) {
  return new Promise((resolve) => {
    const child = spawn("pnpm", ["exec", "vitest", "run", ...args], { cwd: root + directory, shell: false });
    let text = "";
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (text += chunk));
    child.on("close", (code) => resolve({ code, text }));
  });
}

/** Keeps a core busy until this process ends. */
const spinner = "const parent = process.ppid; while (process.ppid === parent);";
const spin = () => spawn(process.execPath, ["-e", spinner], { stdio: "ignore" });
const before = readFileSync(table, "utf8").split(end)[0];
const failed = { idle: [], busy: [] };
const done = { idle: 0, busy: 0 };
for (let index = 1; index <= count; index += 1) {
  const load = index % 2 === 0 ? "busy" : "idle";
  const spinning = load === "busy" ? Array.from({ length: availableParallelism() }, spin) : [];
  try {
    for (const [directory, ...args] of suites) {
      const { code, text } = await run(directory, args);
      if (code === 0) continue;
      mkdirSync(logs, { recursive: true });
      writeFileSync(`${logs}/${index}-${directory.replace("/", "-")}.log`, text);
      const names = [...text.matchAll(/FAIL.*? (src\/\S+)/g)].map(([, name]) => name);
      failed[load].push(...new Set(names.length > 0 ? names : [directory]));
    }
  } finally {
    for (const child of spinning) child.kill();
  }
  done[load] += 1;
  console.log(`${index} of ${count}, ${load}: ${failed.idle.length + failed.busy.length} failed so far`);
  record();
}
process.exitCode = failed.idle.length + failed.busy.length > 0 ? 1 : 0;

/** Rewrites this invocation's rows after each run, so that an interrupted one still reports its runs. */
function record() {
  const date = new Date().toISOString().slice(0, 10);
  const rows = ["idle", "busy"]
    .filter((load) => done[load] > 0)
    .map((load) => {
      const result = failed[load].length === 0 ? "green" : `failed: ${failed[load].join(", ")}`;
      return `| ${date} | browser and timing | ${done[load]} | ${load} | ${result} |\n`;
    });
  const text = readFileSync(table, "utf8");
  writeFileSync(table, before + rows.join("") + text.slice(text.indexOf(end)));
}
