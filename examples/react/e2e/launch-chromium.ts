import { type Browser, chromium } from "playwright";
import { findChromium } from "../../../tools/find-chromium.mjs";

/** Starts the machine's Chromium without anything that would look for the network. */
export async function launchChromium(): Promise<Browser> {
  const executablePath = findChromium();
  if (executablePath === undefined)
    throw new Error("No Chromium found. Run `node tools/ensure-programs.mjs`.");
  return chromium.launch({
    executablePath,
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
      "--disable-dev-shm-usage",
    ],
  });
}
