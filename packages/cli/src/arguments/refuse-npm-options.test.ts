import { describe, expect, it } from "vitest";
import { findCommand } from "./command-table.ts";
import { refuseNpmOptions } from "./refuse-npm-options.ts";

function refuse(name: string, args: readonly string[], env: Record<string, string>): void {
  const command = findCommand(name);
  if (command === undefined) throw new Error(`There is no command ${name}.`);
  refuseNpmOptions(command, args, { npm_command: "exec", ...env });
}

describe(refuseNpmOptions, () => {
  it.each([
    ["batch run", { npm_config_dry_run: "true" }, "--dry-run"],
    ["batch run", { npm_config_max_cost: "true" }, "--max-cost"],
    ["edit", { npm_config_mask_rect: "1,2,3,4" }, "--mask-rect"],
    ["edit", { npm_config_m: "true" }, "--model"],
    ["edit", { npm_config_input: "" }, "--no-input"],
  ])("refuses `%s` when npm has %j", (name, env, flag) => {
    const run = () => refuse(name, ["m.jsonl"], env);
    expect(run).toThrow(`npm took \`${flag}\` for itself`);
    expect(run).toThrow(expect.objectContaining({ exitCode: 2, outcome: "not-sent" }));
  });

  it.each([
    ["that arrived here too", ["--dry-run"], { npm_config_dry_run: "true" }],
    ["that arrived here in another form", ["-m=acme-9"], { npm_config_model: "acme-9" }],
    ["that an .npmrc may set for npm", [], { npm_config_json: "true", npm_config_force: "true" }],
    ["of npm alone", [], { npm_config_yes: "true", npm_config_loglevel: "warn" }],
  ])("accepts an option %s", (_title, args, env: Record<string, string>) => {
    expect(() => refuse("batch run", args, env)).not.toThrow();
  });

  it("reads nothing of npm's where npm did not start it", () => {
    const command = findCommand("batch run");
    if (command === undefined) throw new Error("There is no command batch run.");
    expect(() => refuseNpmOptions(command, [], { npm_config_dry_run: "true" })).not.toThrow();
  });
});
