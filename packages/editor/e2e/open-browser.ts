import { type Browser, chromium } from "playwright";
import { inject } from "vitest";
import type {} from "./set-up.ts";

/** Connects to the browser of the test run. Closing it closes only the pages of this connection. */
export function openBrowser(): Promise<Browser> {
  return chromium.connect(inject("browserUrl"));
}
