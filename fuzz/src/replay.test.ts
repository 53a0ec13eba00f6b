import { describe, expect, it } from "vitest";
import { committedInputs } from "./engine/corpus.ts";
import { OracleError, type Target } from "./engine/target.ts";
import { targetFile, targetNames } from "./targets.ts";

describe.each(targetNames())("%s", (name) => {
  it("reads every stored input as it must be read", async () => {
    const { target } = (await import(targetFile(name))) as { readonly target: Target }; // every target exports it
    expect(target.name).toBe(name);
    const inputs = committedInputs(target);
    expect(inputs.length).toBeGreaterThan(0);
    const failed: string[] = [];
    for (const input of inputs) {
      try {
        await target.run(new Uint8Array(input));
      } catch (error) {
        const shown = error instanceof OracleError ? error.message : String((error as Error).stack ?? error);
        failed.push(`${Buffer.from(input).toString("base64").slice(0, 200)}: ${shown}`);
      }
    }
    await target.close?.();
    expect(failed).toEqual([]);
  });
});
