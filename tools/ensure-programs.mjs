/**
 * Makes sure that the tests have the programs they run: a Chromium, and on Linux the shells that completion is tested
 * in. On Debian as root it installs what is missing; elsewhere it says what to install. Nothing is ever skipped.
 */
import { spawnSync } from "node:child_process";
import { accessSync, constants, existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import process from "node:process";
import { findChromium } from "./find-chromium.mjs";

const shells = { linux: ["bash", "zsh", "fish"], darwin: ["bash", "zsh"] }[process.platform] ?? [];

function isInstalled(program) {
  return (process.env["PATH"] ?? "").split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** Names the Debian packages of what is missing. */
function missing() {
  const programs = shells.filter((shell) => !isInstalled(shell));
  return findChromium() === undefined ? ["chromium", ...programs] : programs;
}

function install(packages) {
  const isDebian = process.platform === "linux" && existsSync("/usr/bin/apt-get");
  if (!isDebian || process.getuid?.() !== 0) return;
  console.error(`Installing ${packages.join(", ")} for the tests.`);
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  for (const args of [
    ["update", "-q"],
    ["install", "-y", "-q", "--no-install-recommends", ...packages],
  ]) {
    spawnSync("apt-get", args, { stdio: ["ignore", "ignore", "inherit"], env });
  }
}

const wanted = missing();
if (wanted.length > 0) install(wanted);
const left = missing();
if (left.length > 0) {
  const browser = left.includes("chromium")
    ? " For the browser, `pnpm exec playwright install chromium` or CHROMIUM_PATH will do."
    : "";
  console.error(
    `The tests need ${left.join(", ")}, which is not installed. Install it and run again.${browser}`,
  );
  process.exit(1);
}
console.error(`Browser tests use ${findChromium()}`);
