import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { CommandDefinition } from "./command-definition.ts";
import { commandTable, findCommand } from "./command-table.ts";
import { parseArguments } from "./parse-arguments.ts";

function command(name: string): CommandDefinition {
  const found = findCommand(name);
  if (found === undefined) throw new Error(`There is no command ${name}.`);
  return found;
}
const edit = (...argv: string[]) => parseArguments(command("edit"), argv);

describe(parseArguments, () => {
  it("reads operands, values, numbers and switches in any order", () => {
    const { operands, values } = edit(
      "-p",
      "a cat",
      "a.png",
      "-n",
      "2",
      "--response-format=url",
      "b.png",
      "--json",
    );
    expect(operands).toEqual(["a.png", "b.png"]);
    expect(values).toEqual({ prompt: "a cat", n: 2, "response-format": "url", json: true });
  });

  it("accepts a value that starts with a dash after =", () => {
    expect(edit("a.png", "--prompt=--quality").values).toEqual({ prompt: "--quality" });
  });

  it("treats everything after -- as operands", () => {
    expect(edit("-p", "x", "--", "-a.png").operands).toEqual(["-a.png"]);
  });

  it("reads repeated params and both flags of a boolean field", () => {
    const { values } = edit("a.png", "--param", "a=1", "--param", "b=2", "--no-prompt-upsampling");
    expect(values).toEqual({ param: ["a=1", "b=2"], "no-prompt-upsampling": true });
    expect(edit("a.png", "--no-input").values).toEqual({ "no-input": true });
    expect(edit("a.png").values).toEqual({});
  });

  it.each([
    [["a.png", "--qualty", "high"], "--quality"],
    [["a.png", "-p", "--quality", "high"], "`--quality`, which follows it, is a flag"],
    [["a.png", "-p", "-n", "2"], "`-n`, which follows it, is a flag"],
    [["a.png", "-p"], "argument missing"],
    [["a.png", "-n", "abc"], '`--n` is "abc"'],
    [["a.png", "-n", "1.5"], "integer"],
    [["a.png", "-n", "0x5"], "integer"],
    [["a.png", "-m", "a", "-m", "b"], "comes twice"],
    [["a.png", "--size", ""], "is empty"],
    [["a.png", "--timeout", "0"], "such as 600"],
    [["a.png", "--json=yes"], "json"],
    [[], "at least one image"],
  ])("rejects %j", (argv, message) => {
    expect(() => edit(...argv)).toThrow(message);
  });

  it.each([
    ["--baseURL", "--base-url"],
    ["--base_url", "--base-url"],
    ["--url=https://a.example", "--base-url"],
    ["--endpoint", "--base-url"],
    ["--api-version", "--query api-version=VERSION"],
    ["--apiVersion=v1", "--query api-version=VERSION"],
    ["--organization", "--header openai-organization:ID"],
  ])("refers to our option for %s", (given, meant) => {
    const argv = given.includes("=") ? [given] : [given, "x"];
    const name = given.split("=", 1)[0];
    expect(() => edit("a.png", ...argv)).toThrow(`There is no \`${name}\`. Did you mean \`${meant}\`?`);
    expect(() => parseArguments(command("mask"), ["a.png", ...argv])).not.toThrow(meant);
  });

  it("rejects operands of a command without any", () => {
    expect(() => parseArguments(command("doctor"), ["x"])).toThrow("takes no operands");
  });

  it("defines each flag of a command only once", () => {
    for (const { groups } of commandTable) {
      const names = groups.flatMap(({ options }) =>
        options.flatMap(({ flag, short }) =>
          short === undefined ? [`--${flag}`] : [`--${flag}`, `-${short}`],
        ),
      );
      expect(new Set(names).size).toBe(names.length);
    }
  });

  it("parses or rejects every command line, with code 2", () => {
    const word = fc.oneof(
      fc.constantFrom(
        "-p",
        "--prompt",
        "-n",
        "--json",
        "--",
        "-",
        "--mask-rect",
        "--size=",
        "-mx",
        "--no-input",
      ),
      fc.string(),
    );
    fc.assert(
      fc.property(fc.array(word, { maxLength: 6 }), (argv) => {
        try {
          const { operands, values } = edit(...argv);
          expect(operands.length).toBeGreaterThan(0);
          expect(Object.keys(values).length).toBeLessThanOrEqual(argv.length);
        } catch (error) {
          expect(error).toMatchObject({ exitCode: 2, outcome: "not-sent" });
        }
      }),
    );
  });

  it.each(["--api-key", "--apikey=sk-secret", "--token"])("rejects %s without printing the key", (flag) => {
    const argv = flag.includes("=") ? [flag] : [flag, "sk-secret"];
    const read = () => edit("a.png", ...argv);
    expect(read).toThrow(/RETOUCH_API_KEY/);
    expect(read).not.toThrow(/sk-secret/);
  });
});
