import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { JsonObject } from "../spec-types.ts";
import { versionGroups } from "./version-groups.ts";

const repository = join(import.meta.dirname, "../../..");
const readJson = async (path: string) =>
  JSON.parse(await readFile(join(repository, path), "utf8")) as JsonObject;

describe(versionGroups, () => {
  it("groups packages that depend on each other, also through a third or as peers", () => {
    const groups = versionGroups([
      { name: "a", dependencies: { b: "1", left: "1" } },
      { name: "c", peerDependencies: { b: "1" } },
      { name: "alone", devDependencies: { a: "1" } },
      { name: "b" },
      { name: "e", optionalDependencies: { d: "1" } },
      { name: "d" },
      { name: "hidden", private: true, dependencies: { alone: "1", a: "1" } },
    ]);
    expect(groups).toEqual([
      ["a", "b", "c"],
      ["d", "e"],
    ]);
    expect(versionGroups([])).toEqual([]);
  });

  it("returns the `fixed` groups of .changeset/config.json", async () => {
    const directories = await readdir(join(repository, "packages"));
    const manifests = await Promise.all(
      directories.map((directory) => readJson(`packages/${directory}/package.json`)),
    );
    const { fixed } = await readJson(".changeset/config.json");
    expect(fixed).toEqual(versionGroups(manifests));
  });
});
