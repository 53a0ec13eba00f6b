import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { arrayAt, objectAt, stringAt } from "../json.ts";
import type { Json, JsonObject } from "../spec-types.ts";
import { placeholderOwner, repository } from "./manifest-facts.ts";
import { publishProblem } from "./publish-problem.ts";

const root = join(import.meta.dirname, "../../..");
const home = { owner: "acme", name: "retouch" };

describe(publishProblem, () => {
  it("names the placeholder, a stale manifest, relative links, and a workflow of another repository", () => {
    expect(publishProblem({ ...home, owner: placeholderOwner }, [], [], {})).toContain("has no owner");
    expect(publishProblem(home, ["packages/cli/package.json"], [], {})).toContain(
      "packages/cli/package.json",
    );
    expect(publishProblem(home, [], ["../mock"], {})).toContain("../mock. Publish with `pnpm release`");
    expect(publishProblem(home, [], [], { GITHUB_REPOSITORY: "fork/retouch" })).toContain("fork/retouch");
  });

  it("finds nothing wrong where everything is set", () => {
    expect(publishProblem(home, [], [], {})).toBeUndefined();
    expect(publishProblem(home, [], [], { GITHUB_REPOSITORY: "Acme/retouch" })).toBeUndefined();
  });

  it("uses a placeholder that no GitHub account can have as its name", () => {
    expect(placeholderOwner).not.toMatch(/^[a-z\d](?:[a-z\d-]{0,38})$/i);
  });
});

describe("publishing", () => {
  const { GITHUB_REPOSITORY: _, ...env } = process.env;
  // The first step of `npm publish`; nothing is uploaded.
  const check = () =>
    promisify(execFile)(process.execPath, ["--run", "prepublishOnly"], {
      cwd: join(root, "packages/client"),
      env,
    }).then(
      ({ stderr }) => ({ code: 0, stderr }),
      ({ code, stderr }: { code: number; stderr: string }) => ({ code, stderr }),
    );

  it("is refused by hand in a package: for its placeholder, then for the links of its README", async () => {
    const reason = repository.owner === placeholderOwner ? "has no owner" : "has relative links";
    expect(await check()).toEqual({
      code: 1,
      stderr: expect.stringMatching(new RegExp(`^Nothing is published\\. .*${reason}`)),
    });
  });

  it("is checked by the release workflow before its first package", async () => {
    const workflow = parse(await readFile(join(root, ".github/workflows/release.yml"), "utf8")) as JsonObject;
    const steps = arrayAt(workflow, "jobs", "release", "steps");
    const scripts = steps.flatMap((step) => stringAt(objectAt(step, "with"), "publish-script") ?? []);
    expect(scripts).toEqual(["pnpm release"]);
    const manifest = JSON.parse(await readFile(join(root, "package.json"), "utf8")) as Json;
    expect(stringAt(objectAt(manifest, "scripts"), "release")).toBe(
      "node tools/src/check-publish.ts && node tools/src/absolute-readmes.ts && changeset publish",
    );
  });
});
