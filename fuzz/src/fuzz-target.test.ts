import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { printTestCase } from "./engine/finding.ts";
import { fuzzTarget } from "./engine/fuzz-target.ts";
import { minimize } from "./engine/minimize.ts";

const file = fileURLToPath(new URL("./fixtures/planted.ts", import.meta.url));

describe(fuzzTarget, () => {
  it("finds the planted faults, which no seed shows, and shortens their inputs", async () => {
    const stop = new AbortController();
    const seen = new Set<string>();
    const { findings, progress } = await fuzzTarget({
      name: "planted",
      file,
      milliseconds: 50_000,
      seed: 1,
      usesCorpus: false,
      signal: stop.signal,
      onFinding(finding) {
        seen.add(finding.property);
        if (seen.size === 2) stop.abort();
      },
    });
    const inputs = new Map(
      findings.map(({ property, input }) => [property, Buffer.from(input).toString("latin1")]),
    );
    expect(inputs.get("never reads the word")).toBe("FUZZ");
    expect(inputs.get("steps are linear")).toMatch(/(?:[^ ]* ){20}/);
    expect(progress.reached).toBeGreaterThan(8);
  });
});
describe(minimize, () => {
  it("removes what is not needed, and simplifies the rest", async () => {
    const input = new TextEncoder().encode("some text with a needle in it");
    const small = await minimize(
      input,
      async (candidate) => Buffer.from(candidate).includes("n") && candidate.length > 2,
    );
    expect(Buffer.from(small).toString()).toMatch(/^(?=.*n)[n0]{3}$/);
  });
});

describe(printTestCase, () => {
  it("prints text as text and bytes as base64", () => {
    const finding = {
      target: "links",
      property: "a link appears once",
      detail: "",
      input: new TextEncoder().encode('a "b"\n'),
    };
    expect(printTestCase(finding)).toContain('await target.run(Buffer.from("a \\"b\\"\\n"));');
    expect(printTestCase({ ...finding, input: Uint8Array.of(0, 255) })).toContain(
      'Buffer.from("AP8=", "base64")',
    );
  });
});
