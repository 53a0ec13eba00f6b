import { describe, expect, it } from "vitest";
import type { FieldType, SpecField } from "../spec-types.ts";
import { chooseFlags, readOwnOptions } from "./cli-flags.ts";

const field = (name: string, type: FieldType = "string"): SpecField => ({
  name,
  type,
  description: "",
  required: false,
  origin: "vendor",
});

const flagsOf = (...fields: SpecField[]) => Object.fromEntries(chooseFlags(fields, readOwnOptions()).flags);

describe("chooseFlags", () => {
  it("names a flag after its field", () => {
    expect(flagsOf(field("n"), field("response_format"), field("svg[reasoning][effort]"))).toEqual({
      n: "-n",
      response_format: "--response-format",
      "svg[reasoning][effort]": "--svg-reasoning-effort",
    });
  });

  it.each([
    ["timeout", "--timeout-field"],
    ["json", "--json-field"],
    ["help", "--help-field"],
    ["force", "--force-field"],
    ["version", "--version-field"],
    ["skip_existing", "--skip-existing-field"],
    ["env_file", "--env-file-field"],
    ["q", "--q-field"],
    ["no_input", "--without-input-field"],
  ])("gives %s a suffix and a note: the command line has the option itself", (name, flag) => {
    const { flags, notes } = chooseFlags([field(name)], readOwnOptions());
    expect(flags.get(name)).toBe(flag);
    expect(notes).toEqual([expect.stringContaining(`The field \`${name}\` has the flag \`${flag}\``)]);
  });

  it("keeps what turns a switch off apart from the command line's own options", () => {
    expect(flagsOf(field("input", "boolean"), field("no_logo", "boolean"))).toEqual({
      input: "--input-field",
      no_logo: "--without-logo-field",
    });
  });

  it("keeps two fields of one flag apart", () => {
    expect(flagsOf(field("a_b"), field("a[b]"), field("a.b"))).toEqual({
      a_b: "--a-b",
      "a[b]": "--a-b-field",
      "a.b": "--a-b-field-2",
    });
  });

  it("gives a field whose name has no letter of ASCII a flag", () => {
    expect(flagsOf(field("图"), field("像"))).toEqual({ 图: "--other", 像: "--other-field" });
  });

  it("leaves the fields alone that the command line defines an option for", () => {
    expect(
      chooseFlags([field("model"), field("mask", "file"), field("prompt")], readOwnOptions()).notes,
    ).toEqual([]);
  });
});
