import { afterAll, beforeAll, expect, test } from "vitest";
import { type Caller, callers } from "./callers.ts";
import { expectClean } from "./expect-safe.ts";
import { type Expected, odd } from "./odd.ts";
import { type PageCallers, startPageCallers } from "./page-callers.ts";
import { base64, png } from "./results.ts";
import { type HostileServer, startServerThread } from "./server-thread.ts";

let server: HostileServer;
let pages: PageCallers;
beforeAll(async () => {
  server = await startServerThread("odd");
  pages = await startPageCallers();
});
afterAll(async () => {
  await pages?.close();
  await server.close();
});

test.each(Object.entries(odd))("%s is understood by every caller", async (behavior, { expected }) => {
  const all = Object.entries({ ...callers, ...pages.callers });
  await Promise.all(all.map(([name, call]) => expectEnd(behavior, name, call, expected)));
});

async function expectEnd(
  behavior: string,
  caller: string,
  call: Caller,
  { images = 0, warnings, outcome, message = "" }: Expected,
): Promise<void> {
  const ended = await call(server.urlOf(behavior, caller), new Uint8Array(png));
  expect({ caller, outcome: ended.error?.outcome, images: ended.images }, ended.shown).toEqual({
    caller,
    outcome: outcome?.(caller),
    images: Array(images).fill(base64),
  });
  if (warnings) expect([caller, ended.warnings]).toEqual([caller, warnings]);
  expect(ended.shown).toContain(message);
  expectClean(ended.shown, caller);
  expect([caller, (await server.trafficOf(behavior, caller)).posts]).toEqual([caller, 1]);
}
