import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { arrayAt, objectAt, stringAt } from "../json.ts";
import type { JsonObject } from "../spec-types.ts";

const root = join(import.meta.dirname, "../../..");
const read = (path: string) => readFile(join(root, path), "utf8");
const ci = parse(await read(".github/workflows/ci.yml")) as JsonObject;
const release = parse(await read(".github/workflows/release.yml")) as JsonObject;

describe("release.yml", () => {
  it("publishes after all of ci.yml, which it runs for the same commit", () => {
    expect(Object.keys(objectAt(ci, "on"))).toEqual(["pull_request", "workflow_call"]);
    expect(objectAt(release, "on")).toEqual({ push: { branches: ["main"] } });
    expect(objectAt(release, "jobs", "ci")).toEqual({ uses: "./.github/workflows/ci.yml" });
    expect(objectAt(release, "jobs", "release")["needs"]).toBe("ci");
  });

  it("installs from the cached store of the project's pnpm", async () => {
    const steps = arrayAt(release, "jobs", "release", "steps");
    const { packageManager } = JSON.parse(await read("package.json")) as { packageManager: string };
    const pnpm = steps.findIndex((step) => stringAt(step, "run") === `npm i -g ${packageManager}`);
    const node = steps.findIndex((step) => stringAt(objectAt(step, "with"), "cache") === "pnpm");
    const install = steps.findIndex((step) => stringAt(step, "run") === "pnpm install --frozen-lockfile");
    expect([pnpm, node, install].every((at) => at > 0)).toBe(true);
    expect([pnpm, node, install]).toEqual([pnpm, node, install].sort((a, b) => a - b));
  });

  it("pins every action to a commit", async () => {
    for (const name of await readdir(join(root, ".github/workflows"))) {
      for (const [, used] of (await read(`.github/workflows/${name}`)).matchAll(/uses: (\S+)/g))
        expect(used).toMatch(/^\.\/|@[0-9a-f]{40}$/);
    }
  });
});

describe("ci.yml", () => {
  it("verifies on three systems, with the oldest Node that every package declares", async () => {
    const matrix = objectAt(ci, "jobs", "verify", "strategy", "matrix");
    expect(matrix["os"]).toEqual(["ubuntu-latest", "macos-latest", "windows-latest"]);
    for (const name of await readdir(join(root, "packages"))) {
      const manifest = JSON.parse(await read(`packages/${name}/package.json`)) as JsonObject;
      const oldest = `${stringAt(manifest, "engines", "node")?.replace(/^>=/, "")}.0`;
      expect(arrayAt(matrix, "node")).toContain(oldest);
    }
  });
});
