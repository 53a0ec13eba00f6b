import { findChromium } from "./find-chromium.mjs";

const executablePath = findChromium();

/**
 * Launch options of every browser test: the installed Chromium where there is one, without features that access the
 * network.
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
