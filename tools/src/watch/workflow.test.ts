import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { arrayAt, objectAt, stringAt } from "../json.ts";
import type { JsonObject } from "../spec-types.ts";

const root = join(import.meta.dirname, "../../..");
const read = (path: string) => readFile(join(root, path), "utf8");
const text = await read(".github/workflows/spec-watch.yml");
const workflow = parse(text) as JsonObject;
const manifest = JSON.parse(await read("package.json")) as JsonObject;
const jobs = objectAt(workflow, "jobs");
const steps = Object.values(jobs).flatMap((job) => arrayAt(job, "steps"));
const commands = steps.flatMap((step) => stringAt(step, "run") ?? []).join("\n");

/** Lists what the first group of a pattern matches, each once. */
const all = (pattern: RegExp, from: string): string[] =>
  [...new Set([...from.matchAll(pattern)].map(([, group = ""]) => group))].sort();

describe("spec-watch.yml", () => {
  it("calls scripts of package.json, with the project's pnpm", async () => {
    const scripts = all(/\bpnpm (?:--silent )?([\w:]+)/g, commands);
    expect(scripts).toEqual(["install", "spec:watch"]);
    expect(objectAt(manifest, "scripts")["spec:watch"]).toBe("node tools/src/spec-watch.ts");
    expect(all(/npm i -g (\S+)/g, commands)).toEqual([manifest["packageManager"]]);
    const packages = all(/--filter ([\w-]+)/g, commands);
    const names = await Promise.all(["package.json", "tools/package.json"].map(read));
    expect(packages).toEqual(names.map((one) => stringAt(JSON.parse(one) as JsonObject, "name")));
  });

  it("passes options that spec:watch has, and reads what it writes", async () => {
    const script = await read("tools/src/spec-watch.ts");
    const calls = commands.split("\n").filter((line) => line.includes("spec:watch"));
    const options = all(/ --([a-z-]+)/g, calls.join("\n").replaceAll("--silent", ""));
    expect(options).toEqual(["known", "list", "out", "vendor"]);
    for (const option of options) expect(script).toMatch(new RegExp(`^ {2}--${option}\\b`, "m"));
    for (const file of all(/\$RUNNER_TEMP\/watch\/([\w.]+)/g, commands))
      expect(script).toContain(`"${file}"`);
    expect(all(/steps\.watch\.outputs\.(\w+)/g, text)).toEqual(["action", "branch", "title"]);
    const actions = all(/outputs\.action == '([\w-]+)'/g, text);
    expect(actions).toEqual(["issue", "pull-request"]);
    const known = await read("tools/src/watch/known-reports.ts");
    for (const member of all(/--json (\S+)/g, commands).flatMap((list) => list.split(",")))
      expect(known).toMatch(new RegExp(`\\b${member}\\??:`));
    for (const file of all(/known\/(\w+\.json)/g, commands)) expect(known).toContain(`"${file}"`);
  });

  it("runs daily and on demand, with actions pinned as in ci.yml", async () => {
    expect(Object.keys(objectAt(workflow, "on"))).toEqual(["schedule", "workflow_dispatch"]);
    const uses = all(/uses: (.+)/g, text);
    expect(uses.length).toBeGreaterThan(0);
    const pinned = all(/uses: (.+)/g, await read(".github/workflows/ci.yml"));
    expect(pinned).toEqual(expect.arrayContaining(uses));
  });

  it("has the least permissions, and the token only where GitHub is called", () => {
    expect(workflow["permissions"]).toEqual({ contents: "read" });
    expect(objectAt(jobs, "list")["permissions"]).toBeUndefined();
    expect(objectAt(jobs, "watch")["permissions"]).toEqual({
      contents: "write",
      "pull-requests": "write",
      issues: "write",
    });
    expect(text).not.toContain("secrets.");
    for (const step of steps) {
      const run = stringAt(step, "run") ?? "";
      expect("GH_TOKEN" in objectAt(step, "env")).toBe(/^ *gh /m.test(run));
      if (stringAt(step, "uses")?.startsWith("actions/checkout"))
        expect(objectAt(step, "with")["persist-credentials"]).toBe(false);
    }
  });

  it("puts no expression into a shell command", () => {
    expect(commands).not.toContain("${{");
  });
});
