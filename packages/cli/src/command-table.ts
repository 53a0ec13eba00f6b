import type { CommandSpec } from "./option-spec.ts";
import { batchInitSpec } from "./specs/batch-init-spec.ts";
import { batchRunSpec } from "./specs/batch-run-spec.ts";
import { batchStatusSpec } from "./specs/batch-status-spec.ts";
import { completionSpec } from "./specs/completion-spec.ts";
import { doctorSpec } from "./specs/doctor-spec.ts";
import { editSpec } from "./specs/edit-spec.ts";
import { maskSpec } from "./specs/mask-spec.ts";
import { mockSpec } from "./specs/mock-spec.ts";
import { modelsSpec } from "./specs/models-spec.ts";
import { recoverSpec } from "./specs/recover-spec.ts";

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
