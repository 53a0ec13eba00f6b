import { type Browser, chromium } from "playwright";
import { chromiumLaunch } from "../../../tools/chromium-launch.mjs";

/** Starts the installed Chromium without its network services. */
export async function launchChromium(): Promise<Browser> {
  if (chromiumLaunch.executablePath === undefined)
    throw new Error("No Chromium found. Run `node tools/ensure-programs.mjs`.");
  return chromium.launch(chromiumLaunch);
}
