import type { CommandSpec } from "./command-definition.ts";
import { batchInitSpec } from "./definitions/batch-init.ts";
import { batchRunSpec } from "./definitions/batch-run.ts";
import { batchStatusSpec } from "./definitions/batch-status.ts";
import { completionSpec } from "./definitions/completion.ts";
import { doctorSpec } from "./definitions/doctor.ts";
import { editSpec } from "./definitions/edit.ts";
import { maskSpec } from "./definitions/mask.ts";
import { mockSpec } from "./definitions/mock.ts";
import { modelsSpec } from "./definitions/models.ts";
import { recoverSpec } from "./definitions/recover.ts";

/** Every command, in the order of help. */
export const commandTable: readonly CommandSpec[] = [
  editSpec,
  batchRunSpec,
  batchInitSpec,
  batchStatusSpec,
  maskSpec,
  modelsSpec,
  recoverSpec,
  mockSpec,
  doctorSpec,
  completionSpec,
];

/** Finds a command by its words. */
export function findCommand(name: string): CommandSpec | undefined {
  return commandTable.find((command) => command.name === name);
}
