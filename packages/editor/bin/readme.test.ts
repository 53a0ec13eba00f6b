import { readFile } from "node:fs/promises";
import { expect, it } from "vitest";
import { editorDefinition } from "./definition.ts";

const readPage = async (name: string) =>
  (await readFile(new URL(`../../${name}/README.md`, import.meta.url), "utf8")).replaceAll("\r\n", "\n");

/** Returns the rows of the first table below a heading, without its head. */
function tableBelow(page: string, heading: string): string[] {
  const section = page.split(`\n## ${heading}\n`)[1] ?? "";
  return (/(?:^\|.*\n)+/m.exec(section)?.[0] ?? "").trim().split("\n").slice(2);
}

it("the options in the README are those of --help", async () => {
  const rows = editorDefinition.groups
    .flatMap(({ options }) => options)
    .map(({ short, flag, value, description }) => {
      const names = [short === undefined ? [] : `-${short}`, `--${flag}`].flat().join(", ");
      return `| \`${names}${value === undefined ? "" : ` ${value}`}\` | ${description} |`;
    });
  expect(tableBelow(await readPage("editor"), "Options")).toEqual(rows);
});

it("the variables in the README are those of the CLI", async () => {
  const namesIn = (rows: readonly string[]) => rows.map((row) => /^\| `(\w+)`/.exec(row)?.[1]);
  const own = namesIn(tableBelow(await readPage("editor"), "Settings"));
  expect(own.length).toBeGreaterThan(8);
  expect(own).toEqual(namesIn(tableBelow(await readPage("cli"), "Settings")));
});

it("the examples in --help name existing flags", () => {
  const flags = editorDefinition.groups.flatMap(({ options }) => options.map(({ flag }) => `--${flag}`));
  for (const example of editorDefinition.examples)
    for (const flag of example.match(/--[a-z-]+/g) ?? []) expect(flags).toContain(flag);
});
