import { afterAll, beforeAll, test } from "vitest";
import { hostile } from "./behaviors.ts";
import { type Caller, callers } from "./callers.ts";
import { expectSafe } from "./expect-safe.ts";
import { png } from "./results.ts";
import { type HostileServer, startServerThread } from "./server-thread.ts";

// `contract/full` tries the same behaviors with pages and with the CLI.

let server: HostileServer;
beforeAll(async () => {
  server = await startServerThread("hostile");
});
afterAll(() => server.close());

const expectHarmless = (behavior: string, caller: string): Promise<void> =>
  expectSafe(server, behavior, caller, (url) => (callers[caller] as Caller)(url, new Uint8Array(png)));
const names = Object.keys(hostile);
const isSilent = (name: string): boolean => hostile[name]?.isSilent === true;

// One after the other: what one caller has to read must not use up the time of another.
test.each(names.filter((name) => !isSilent(name)))("%s does no harm", async (behavior) => {
  for (const caller of Object.keys(callers)) await expectHarmless(behavior, caller);
});

test("servers that are silent do no harm", async () => {
  const all = names.filter(isSilent).flatMap((name) => Object.keys(callers).map((caller) => [name, caller]));
  await Promise.all(all.map(([name = "", caller = ""]) => expectHarmless(name, caller)));
});
