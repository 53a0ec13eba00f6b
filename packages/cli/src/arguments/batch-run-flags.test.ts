import { describe, expect, it } from "vitest";
import { parseRate, readBatchRunFlags } from "./batch-run-flags.ts";
import { findCommand } from "./command-table.ts";
import { parseArguments } from "./parse-arguments.ts";

it("reads `--crop`, which needs `--paste-back`", () => {
  for (const [name, ...operands] of [
    ["batch run", "m.jsonl"],
    ["batch retry", "m.jsonl", "r0"],
  ] as const) {
    const command = findCommand(name) ?? expect.unreachable(name);
    const read = (...argv: string[]) => readBatchRunFlags(parseArguments(command, [...operands, ...argv]));
    expect(read("--paste-back", "--crop")).toMatchObject({ pasteBack: true, crop: true });
    expect(read("--paste-back")).toMatchObject({ crop: false });
    expect(() => read("--crop")).toThrow("`--crop` needs `--paste-back`");
  }
});

describe(parseRate, () => {
  it.each([
    ["50/m", 1200],
    ["50/min", 1200],
    ["50/minute", 1200],
    ["60/hour", 60_000],
    ["2/s", 500],
    ["0.5/s", 2000],
    [undefined, 0],
  ])("reads %s", (text, intervalMs) => {
    expect(parseRate(text)).toBe(intervalMs);
  });

  it.each(["0/s", "5", "5/d", "-1/s", "a/s", "0.0000001/h"])("rejects %s", (text) => {
    expect(() => parseRate(text)).toThrow("--rate");
  });
});
