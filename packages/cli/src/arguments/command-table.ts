import type { CommandDefinition } from "./command-definition.ts";
import { batchInitDefinition } from "./definitions/batch-init.ts";
import { batchRetryDefinition } from "./definitions/batch-retry.ts";
import { batchRunDefinition } from "./definitions/batch-run.ts";
import { batchStatusDefinition } from "./definitions/batch-status.ts";
import { completionDefinition } from "./definitions/completion.ts";
import { doctorDefinition } from "./definitions/doctor.ts";
import { editDefinition } from "./definitions/edit.ts";
import { maskDefinition } from "./definitions/mask.ts";
import { mockDefinition } from "./definitions/mock.ts";
import { modelsDefinition } from "./definitions/models.ts";
import { recoverDefinition } from "./definitions/recover.ts";

/** All commands, in the order of help. */
export const commandTable: readonly CommandDefinition[] = [
  editDefinition,
  batchRunDefinition,
  batchInitDefinition,
  batchStatusDefinition,
  batchRetryDefinition,
  maskDefinition,
  modelsDefinition,
  recoverDefinition,
  mockDefinition,
  doctorDefinition,
  completionDefinition,
];

/** Finds a command by its name. */
export function findCommand(name: string): CommandDefinition | undefined {
  return commandTable.find((command) => command.name === name);
}
