/** Makes sure that the browser tests have a Chromium, installing Debian's when this runs as root, and never skips. */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { findChromium } from "./find-chromium.mjs";

function install() {
  const debian = process.platform === "linux" && existsSync("/usr/bin/apt-get") && process.getuid?.() === 0;
  if (!debian || process.env["CHROMIUM_PATH"]) return;
  console.error("No Chromium found: installing Debian's for the browser tests.");
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  for (const args of [
    ["update", "-q"],
    ["install", "-y", "-q", "--no-install-recommends", "chromium"],
  ]) {
    spawnSync("apt-get", args, { stdio: ["ignore", "ignore", "inherit"], env });
  }
}

if (findChromium() === undefined) install();
const found = findChromium();
if (found === undefined) {
  console.error(
    "No Chromium found for the browser tests. Install Chromium or Chrome, run `pnpm exec playwright install chromium`, " +
      "or set CHROMIUM_PATH to one.",
  );
  process.exit(1);
}
console.error(`Browser tests use ${found}`);
