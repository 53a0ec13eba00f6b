import { describe, expect, it } from "vitest";
import { runBatch, writeManifest } from "./support/batch-manifest.ts";
import { childSays } from "./support/child-says.ts";
import { sendJson, startRawServer } from "./support/raw-server.ts";
import { hasSignals } from "./support/run-cli.ts";
import { pngBase64, useWorkDirectory } from "./support/work-directory.ts";

const directory = useWorkDirectory();

describe.runIf(hasSignals)("a batch that one signal stops", () => {
  it("reports how many edits it waits for", async () => {
    await writeManifest(directory.path, 6);
    const b64 = await pngBase64();
    const waiting: (() => void)[] = [];
    let stop: () => Promise<void> = async () => undefined;
    const server = await startRawServer((response) => {
      waiting.push(() => sendJson(response, { created: 1, data: [{ b64_json: b64 }] }));
      // All three are in flight: only then does the signal arrive, and only after it do they get a response.
      if (waiting.length === 3) void stop().then(() => waiting.map((respond) => respond()));
    });
    const stopped = await runBatch(directory.path, server.url, ["--concurrency", "3"], {
      during(child) {
        stop = () => {
          const stopping = childSays(child, "Stopping");
          child.kill("SIGINT");
          return stopping;
        };
      },
    });
    await server.close();
    expect(stopped.code).toBe(130);
    expect(stopped.stderr).toContain("Stopping. 3 edit(s) in flight have some seconds to finish");
    expect(server.posts()).toBe(3);
  });
});
