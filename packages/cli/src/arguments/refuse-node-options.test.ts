import { describe, expect, it } from "vitest";
import { refuseNodeOptions } from "./refuse-node-options.ts";

describe(refuseNodeOptions, () => {
  it.each([
    [["edit", "--env-file", "F"], "`--env-file`"],
    [["--env-file=F", "edit"], "`--env-file`"],
    [["edit", "a.png", "--env-file"], "`--env-file`"],
    [["edit", "--env-file-if-exists=F"], "`--env-file-if-exists`"],
  ])("refuses %j and names --settings", (args, option) => {
    expect(() => refuseNodeOptions(args)).toThrow(option);
    expect(() => refuseNodeOptions(args)).toThrow("`--settings`");
    expect(() => refuseNodeOptions(args)).toThrow(expect.objectContaining({ exitCode: 2 }));
  });

  it.each([[["edit", "--", "--env-file"]], [["edit", "--prompt=--env-file"]], [["edit", "--settings", "F"]]])(
    "accepts %j",
    (args) => {
      expect(() => refuseNodeOptions(args)).not.toThrow();
    },
  );
});
