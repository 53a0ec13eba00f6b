/**
 * Ensures that the programs used by the tests are installed: a Chromium, a Redis server and, on Linux, the shells of
 * the completion tests. On Debian as root it installs missing ones; elsewhere it prints what to install. No test is ever skipped.
 */
import { spawnSync } from "node:child_process";
import { accessSync, constants, existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import process from "node:process";
import { findChromium } from "./find-chromium.mjs";

const shells = { linux: ["bash", "zsh", "fish"], darwin: ["bash", "zsh"] }[process.platform] ?? [];

function isInstalled(program) {
  return (process.env["PATH"] ?? "").split(delimiter).some((directory) => {
    try {
      accessSync(join(directory, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** Returns the Debian packages of the missing programs, which have the same names. */
function missing() {
  const programs = [...shells, "redis-server"].filter((shell) => !isInstalled(shell));
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
const stillMissing = missing();
if (stillMissing.length > 0) {
  const browser = stillMissing.includes("chromium")
    ? " For the browser, `pnpm exec playwright install chromium` or CHROMIUM_PATH also works."
    : "";
  console.error(
    `The tests need ${stillMissing.join(", ")}. Install what is missing and run again.${browser}`,
  );
  process.exit(1);
}
console.error(`Chromium of the browser tests: ${findChromium()}`);
