import { existsSync, readdirSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";

const installed = {
  linux: ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome", "/snap/bin/chromium"],
  darwin: [
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
  ],
  win32: [
    "C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe",
    "C:\\Program Files (x86)\\Google\\Chrome\\Application\\chrome.exe",
    "C:\\Program Files (x86)\\Microsoft\\Edge\\Application\\msedge.exe",
  ],
};

/** Returns the browsers in the cache of `playwright install chromium`. */
function playwrightBrowsers() {
  const cache =
    process.env["PLAYWRIGHT_BROWSERS_PATH"] ??
    {
      linux: join(homedir(), ".cache", "ms-playwright"),
      darwin: join(homedir(), "Library", "Caches", "ms-playwright"),
      win32: join(process.env["LOCALAPPDATA"] ?? "", "ms-playwright"),
    }[process.platform];
  if (cache === undefined || !existsSync(cache)) return [];
  const inside = [
    "chrome-linux/chrome",
    "chrome-linux64/chrome",
    "chrome-mac/Chromium.app/Contents/MacOS/Chromium",
    "chrome-win/chrome.exe",
    "chrome-win64/chrome.exe",
  ];
  return readdirSync(cache)
    .filter((name) => name.startsWith("chromium-"))
    .flatMap((name) => inside.map((path) => join(cache, name, path)));
}

/**
 * Finds a Chromium for the browser tests: `CHROMIUM_PATH`, an installed Chromium or Chrome, or Playwright's.
 *
 * @returns {string | undefined} its path, or `undefined` when there is none.
 */
export function findChromium() {
  const named = process.env["CHROMIUM_PATH"];
  if (named !== undefined && named !== "") return existsSync(named) ? named : undefined;
  return [...(installed[process.platform] ?? []), ...playwrightBrowsers()].find((path) => existsSync(path));
}
