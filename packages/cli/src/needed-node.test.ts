import { readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import manifest from "../package.json" with { type: "json" };
import { unsupportedNode } from "./needed-node.ts";

describe(unsupportedNode, () => {
  it.each([
    ["12.22.0", true],
    ["20.18.3", true],
    ["20.19.0", false],
    ["22.11.9", false],
    ["23.0.0", false],
    ["24.21.0", false],
  ])("returns a message for Node %s: %s", (version, isOld) => {
    expect(unsupportedNode(version) !== undefined).toBe(isOld);
  });

  it("requires the version in package.json", () => {
    const [, needed = ""] = />=(\d+\.\d+)/.exec(manifest.engines.node) ?? [];
    expect(unsupportedNode("1.0.0")).toContain(`Node ${needed} or later`);
    expect(unsupportedNode(`${needed}.0`)).toBe(undefined);
  });

  it.each(Object.keys(manifest.dependencies))("requires a Node that %s supports", async (name) => {
    const file = new URL(`../node_modules/${name}/package.json`, import.meta.url);
    const { engines = {} } = JSON.parse(await readFile(file, "utf8")) as { engines?: { node?: string } };
    expect(engines.node ?? ">=20").toMatch(/(?:>=|\^) ?(?:\d|1\d|20)\b/);
  });
});
