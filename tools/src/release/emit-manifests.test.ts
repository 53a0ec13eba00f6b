import { describe, expect, it } from "vitest";
import { emitManifest } from "./emit-manifests.ts";

const home = { owner: "acme", name: "retouch" };
const emit = (manifest: object, directory = "react-hooks") =>
  JSON.parse(emitManifest(JSON.stringify(manifest), directory, home)) as Record<string, unknown>;

describe(emitManifest, () => {
  it("writes links into the package's directory, keywords, and the check before publishing", () => {
    const written = emit({
      name: "x",
      version: "1.0.0",
      description: "d",
      license: "MIT",
      scripts: { test: "vitest" },
    });
    expect(written).toMatchObject({
      homepage: "https://github.com/acme/retouch/tree/main/packages/react-hooks#readme",
      bugs: { url: "https://github.com/acme/retouch/issues" },
      repository: {
        type: "git",
        url: "git+https://github.com/acme/retouch.git",
        directory: "packages/react-hooks",
      },
      scripts: {
        test: "vitest",
        prepack: "node ../../docs/site/src/guides/write-package-guides.ts react-hooks",
        prepublishOnly: "node ../../tools/src/check-publish.ts",
      },
    });
    expect(written["keywords"]).toEqual(expect.arrayContaining(["image-editing", "react"]));
  });

  it("keeps everything else, and replaces what was written by hand", () => {
    const first = emit({ name: "x", repository: "mine", keywords: ["mine"], exports: { ".": "./a.js" } });
    expect(first).toMatchObject({ name: "x", exports: { ".": "./a.js" } });
    expect(JSON.stringify(first)).not.toContain("mine");
    expect(emit(first)).toEqual(first);
  });

  it("leaves a private package alone", () => {
    const text = '{ "private": true }';
    expect(emitManifest(text, "other", home)).toBe(text);
  });

  it("names a package without keywords", () => {
    expect(() => emit({ name: "x" }, "other")).toThrow(
      "packages/other has no keywords. Add them to tools/src/release/manifest-facts.ts.",
    );
  });
});
