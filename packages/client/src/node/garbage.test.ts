import { Session } from "node:inspector/promises";
import { GCProfiler, setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, it } from "vitest";
import { respond, startRawServer } from "../fixtures/start-raw-server.ts";
import { tinyPng } from "../testing/tiny-png.ts";
import { createImageClient } from "./create-image-client.ts";

/**
 * Returns the bytes that `work` allocates and that survive collections of the young generation, for each of its calls.
 * A collection of the whole heap would count what was young then: none is under way at the start, and it is measured
 * again when one ran.
 */
async function survivingBytes(work: () => Promise<unknown>, calls: number): Promise<number> {
  setFlagsFromString("--expose-gc");
  const gc = runInNewContext("gc") as (options: { type: "major" | "minor" }) => void;
  const session = new Session();
  session.connect();
  const collections = new GCProfiler();
  try {
    setFlagsFromString("--no-incremental-marking");
    gc({ type: "major" });
    await session.post("HeapProfiler.startSampling", {
      samplingInterval: 512,
      includeObjectsCollectedByMajorGC: true,
    });
    collections.start();
    for (let call = 0; call < calls; call++) await work();
    gc({ type: "minor" });
    gc({ type: "minor" });
    const { statistics } = collections.stop();
    const { profile } = await session.post("HeapProfiler.stopSampling");
    if (statistics.some(({ gcType }) => gcType !== "Scavenge")) return await survivingBytes(work, calls);
    const sizes = [profile.head];
    let bytes = 0;
    for (const { selfSize, children } of sizes) {
      bytes += selfSize;
      sizes.push(...children);
    }
    return bytes / calls;
  } finally {
    setFlagsFromString("--incremental-marking");
    session.disconnect();
  }
}

// V8 allocates a function that is assigned to a property, and the hidden class of a literal with an accessor, in its old
// generation, and keeps what they see until it collects that: 13 kB of each call.
it("keeps no call alive once it has ended", async () => {
  const b64_json = Buffer.from(tinyPng()).toString("base64");
  const json = JSON.stringify({ created: 1, data: [{ b64_json }] });
  const server = await startRawServer({
    onComplete: (request) => respond(request, 200, json, ["content-type: application/json"]),
  });
  const { origin } = new URL(server.url);
  const client = createImageClient({ apiKey: "sk-test", baseUrl: origin });
  const edit = async (): Promise<void> => {
    const { images } = await client.edit({ image: tinyPng(), prompt: "A red hat" });
    await images[0]?.bytes();
  };
  for (let call = 0; call < 50; call++) await edit();
  const bytes = await survivingBytes(edit, 500);
  await server.close();
  expect(bytes).toBeLessThan(2_500);
});
