import { execFileSync } from "node:child_process";
import { stripTypeScriptTypes } from "node:module";
import { describe, expect, it } from "vitest";
import { cliCommand, clientCode, type EquivalentEdit, flagsOf } from "./equivalent-code.ts";

const edit: EquivalentEdit = {
  params: {
    model: "gpt-image-1",
    prompt: 'it\'s $HOME `night`\n"now" \\ !',
    size: "1024x1024",
    output_format: "webp",
  },
  images: ["-photo of me.png"],
  mask: "mask-2.png",
  composite: true,
  flags: ["--base-url", "http://127.0.0.1:4010/api v1", "--query", "a=b&c"],
};

describe(cliCommand, () => {
  it("is read by a shell as the words of the edit, whatever the prompt contains", () => {
    // A function with the name of the command prints its arguments, each ended by a null character.
    const script = `retouch() { printf '%s\\0' "$@"; }\n${cliCommand(edit)}`;
    const words = execFileSync("sh", ["-c", script], { encoding: "utf8" }).split("\0").slice(0, -1);
    expect(words).toEqual([
      ...["edit", "./-photo of me.png", "-m", "gpt-image-1", "-p", edit.params.prompt],
      ...[...edit.flags, "--mask", "mask-2.png", "--paste-back", "--crop"],
      ...["--size", "1024x1024", "--output-format", "webp"],
    ]);
  });

  it("names the markup, which neither is a mask nor is put back", () => {
    const params = { model: "gpt-image-1", prompt: "night" };
    const drawn = { params, images: ["a.png"], markup: "markup-2.png", composite: false, flags: [] };
    expect(cliCommand(drawn)).toBe("retouch edit a.png -m gpt-image-1 -p night --markup markup-2.png");
    expect(clientCode(drawn)).toContain('image: "a.png",\n  markup: "markup-2.png",');
  });

  it("names no server for the default one, and no mask without one", () => {
    const params = { model: "gpt-image-1", prompt: "night", n: 2, partial_images: 1 };
    expect(cliCommand({ params, images: ["a.png", "b.png"], composite: true, flags: flagsOf("") })).toBe(
      "retouch edit a.png b.png -m gpt-image-1 -p night --n 2 --stream --partial-images 1",
    );
  });
});

describe(flagsOf, () => {
  it.each([
    ["images.example", "https://images.example"],
    ["localhost:4010", "http://localhost:4010"],
  ])("names the server at %s", (host, url) => {
    expect(flagsOf(host)).toEqual(["--base-url", url]);
  });
});

describe(clientCode, () => {
  it("is TypeScript that takes the key from the environment", () => {
    const code = clientCode(edit);
    expect(() => stripTypeScriptTypes(code)).not.toThrow();
    expect(code).toContain(
      'apiKey: process.env.RETOUCH_API_KEY ?? "", baseUrl: "http://127.0.0.1:4010/api v1"',
    );
    expect(code).toContain(`prompt: ${JSON.stringify(edit.params.prompt)},`);
    expect(code).toContain('image: "-photo of me.png",\n  mask: "mask-2.png",');
    expect(clientCode({ ...edit, images: ["a.png", "b.png"] })).toContain('image: ["a.png", "b.png"],');
  });
});
