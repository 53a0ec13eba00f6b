import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { expect, it } from "vitest";

const script = join(import.meta.dirname, "../bootstrap.mjs");

it("passes the arguments of `npm run pnpm --` on to pnpm, each as it is", () => {
  // What npx runs, once it has the project's Node and pnpm.
  const print = ["exec", "node", "--print", "JSON.stringify(process.argv.slice(1))", "a  b", "c&d", "--yes"];
  const env = { ...process.env, RETOUCH_TOOLCHAIN: "1", RETOUCH_ARGUMENTS: JSON.stringify(print) };
  const printed = execFileSync(process.execPath, [script, "pnpm"], { env, encoding: "utf8" });
  expect(JSON.parse(printed)).toEqual(["a  b", "c&d", "--yes"]);
});
