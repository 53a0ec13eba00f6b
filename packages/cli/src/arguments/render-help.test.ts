import { describe, expect, it } from "vitest";
import { specModels } from "../generated/fields.gen.ts";
import { commandTable } from "./command-table.ts";
import { parseArguments } from "./parse-arguments.ts";
import { renderCommandHelp } from "./render-help.ts";
import { splitCommand } from "./split-command.ts";

/** Splits an example into arguments as a shell does. */
function valuesOf(example: string): string[] {
  const command = example.replace(/^cat \S+ \| /, "").replace(/ >>? .*$/, "");
  return [...command.matchAll(/"([^"]*)"|(\S+)/g)].map((match) => match[1] ?? match[2] ?? "").slice(1);
}

describe(renderCommandHelp, () => {
  it.each(commandTable.map((command) => [command.name, command] as const))(
    "prints examples of %s that parse, within the width",
    (name, command) => {
      expect(command.examples.length).toBeGreaterThan(0);
      for (const example of command.examples) {
        const line = splitCommand(valuesOf(example));
        expect(line.name).toBe(name);
        const { model } = parseArguments(command, line.args).values;
        // The models of the current spec: help must not list a removed one.
        if (model !== undefined) expect(specModels.map((known) => known.name)).toContain(model);
      }
      const help = renderCommandHelp(command, 80);
      for (const text of help.split("\n").filter((row) => !command.examples.includes(row.trim()))) {
        expect(text.length).toBeLessThanOrEqual(80);
      }
    },
  );
});
