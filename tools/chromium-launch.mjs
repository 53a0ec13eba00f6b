import { findChromium } from "./find-chromium.mjs";

const executablePath = findChromium();

/**
 * Says how every browser test starts Chromium: the machine's own where there is one, and without anything that would
 * look for the network.
 */
export const chromiumLaunch = {
  ...(executablePath !== undefined && { executablePath }),
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
};
