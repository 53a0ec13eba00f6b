import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parseObject } from "../document/parse-object.ts";
import { emitDocs } from "../emit/emit-docs.ts";
import { emitMock } from "../emit/emit-mock.ts";
import { emitPrices } from "../emit/emit-prices.ts";
import { readPrices } from "./read-prices.ts";
import { readSpec } from "./read-spec.ts";

const specDir = join(import.meta.dirname, "../../../spec");
const spec = readSpec(
  parseObject(await readFile(join(specDir, "openapi.yaml"), "utf8"), "spec/openapi.yaml"),
);
const text = await readFile(join(specDir, "prices.yaml"), "utf8");

function changed(from: string, to: string) {
  expect(text).toContain(from);
  return readPrices(text.replace(from, to), spec);
}

describe("readPrices", () => {
  it("derives the most input tokens from how they are counted", () => {
    const prices = readPrices(text, spec);
    expect(prices.get("gpt-image-1")?.inputImageTokens).toEqual({
      low: 65 + 8 * 129,
      high: 65 + 8 * 129 + 6240,
    });
    expect(prices.get("gpt-image-2")?.inputImageTokens).toEqual({ low: 1536 });
    expect(prices.get("gpt-image-2.6-flare")).not.toHaveProperty("inputImageTokens");
  });

  it.each([
    ["{ patchPx: 32, mostPatches: 1536 }", "{ patchPx: 32 }", /`inputImage` of `gpt-image-2` needs/],
    ["currency: USD", "currency: EUR", /another `currency` than USD/],
    ['asOf: "2026-11-01"', "read: yesterday", /price of `gpt-image-1` needs `asOf`/],
  ])("rejects `%s` changed to `%s`", (from, to, message) => {
    expect(() => changed(from, to)).toThrow(message);
  });

  it("is the only source of prices and tokens: client, mock and docs follow", () => {
    const prices = changed("1536x1024: 400", "1536x1024: 999999");
    expect(emitPrices(prices, spec)).toContain('"1536x1024": 999999');
    expect(emitMock(spec, prices)).toContain('"1536x1024": 999999');
    expect(emitDocs(spec, prices)).toContain("1536x1024: 40.000");
    const tiles = changed("tileTokens: 129", "tileTokens: 200");
    expect(emitMock(spec, tiles)).toContain("tileTokens: 200");
    expect(emitPrices(tiles, spec)).toContain("low: 1665");
  });
});
