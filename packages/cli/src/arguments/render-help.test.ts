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
      for (const columns of [40, 60, 80, 110]) {
        for (const text of renderCommandHelp(command, columns).split("\n")) {
          // A path is not broken.
          if (text.trim().includes(" ")) expect(text.length, text).toBeLessThanOrEqual(columns);
        }
      }
      const joined = renderCommandHelp(command, 40).replaceAll(/ \\\n +/g, " ");
      for (const example of command.examples) expect(joined).toContain(`\n  ${example}\n`);
    },
  );

  it("names the editor where images are edited, which is a package of its own", () => {
    const edit = commandTable.find(({ name }) => name === "edit");
    expect(edit && renderCommandHelp(edit, 110)).toMatch(/^.*`npx @retouch\/editor photo\.jpg`\.$/m);
  });
});
