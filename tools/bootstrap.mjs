/**
 * Runs `quickstart`, `check` or `pnpm` on a machine that has nothing but Node >= 20 and npm: npx installs the
 * project's Node and pnpm, and everything below runs under them. Plain JavaScript without dependencies, because it
 * runs before anything is installed.
 */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const oldestNode = 20;
const self = "tools/bootstrap.mjs";

const quiet = ["--output-logs=errors-only", "--log-order=grouped"];
const install = ["install", "--frozen-lockfile", "--reporter=append-only"];
const steps = {
  quickstart: [
    ["pnpm", ...install, "--filter", "retouch", "--filter", "retouch-tools", "--filter", "@retouch/cli..."],
    // Without declarations, which take most of a build and which no program reads; then no package waits for another.
    ["pnpm", "exec", "turbo", "run", "build:js", "--filter=@retouch/cli...", ...quiet],
    ["node", "tools/quickstart/quickstart.ts"],
  ],
  check: [
    ["pnpm", ...install],
    ["node", "tools/ensure-programs.mjs"],
    ["pnpm", "check"],
  ],
  pnpm: [["pnpm"]],
};
/** The jobs whose last command gets the arguments of the user. */
const takesArguments = ["quickstart", "pnpm"];
const isWindows = process.platform === "win32";

/** Runs one command. If it fails, exits with its exit code. */
function run(command, args, env) {
  // Windows starts npx and pnpm, which are scripts, only in a shell, and the shell takes words apart.
  const shell = isWindows && command !== "node";
  const words = shell ? args.map((word) => (/[\s"&|<>^]/.test(word) ? JSON.stringify(word) : word)) : args;
  const program = command === "node" ? process.execPath : command;
  const result = spawnSync(program, words, { cwd: root, stdio: "inherit", env, shell });
  if (result.error) {
    console.error(`\`${command}\` failed to start: ${result.error.message}`);
    process.exit(1);
  }
  if (result.status !== 0) process.exit(result.status ?? 1);
}

/** Returns the environment without npx's variables: a nested npm or npx would run npx's command again. */
function withoutNpx(env) {
  return Object.fromEntries(
    Object.entries(env).filter(([name]) => !/^npm_config_(call|package|yes)$/i.test(name)),
  );
}

const [job, ...userArguments] = process.argv.slice(2);
if (job === undefined || !Object.hasOwn(steps, job)) {
  console.error(
    `Unknown job: ${job ?? "none"}. Run \`npm run quickstart\`, \`npm run verify\` or \`npm run pnpm -- ...\`.`,
  );
  process.exit(2);
}
if (Number(process.versions.node.split(".")[0]) < oldestNode) {
  console.error(
    `This is Node ${process.versions.node}. Install Node ${oldestNode} or later: https://nodejs.org`,
  );
  process.exit(1);
}

if (process.env.RETOUCH_TOOLCHAIN === undefined) {
  const node = readFileSync(`${root}/.node-version`, "utf8").trim();
  const pnpm = JSON.parse(readFileSync(`${root}/package.json`, "utf8")).packageManager;
  run("npx", ["-y", "-p", `node@${node}`, "-p", pnpm, "-c", `node ${self} ${job}`], {
    ...process.env,
    RETOUCH_TOOLCHAIN: "1",
    RETOUCH_ARGUMENTS: JSON.stringify(userArguments),
  });
} else {
  const { RETOUCH_TOOLCHAIN, RETOUCH_ARGUMENTS = "[]", ...env } = withoutNpx(process.env);
  const last = steps[job].at(-1);
  for (const step of steps[job]) {
    const own = step === last && takesArguments.includes(job) ? JSON.parse(RETOUCH_ARGUMENTS) : [];
    const [command, ...args] = [...step, ...own];
    run(command, args, { ...env, CI: env.CI ?? "", TURBO_TELEMETRY_DISABLED: "1" });
  }
}
