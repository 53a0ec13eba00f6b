import path from "node:path";
import { besideManifest } from "./batch-store.ts";
import { type OwnOutputs, openOwnOutputs } from "./own-outputs.ts";
import { savedDirectory } from "./state-directory.ts";
import type { System } from "./system.ts";

/** Opens the outputs that are known to a command: by the state directory, and beside manifests where it runs and in `folder`. */
export function openKnownOutputs(system: System, folder = "."): OwnOutputs {
  const { stateDirectory, workingDirectory } = system;
  const places = new Set([workingDirectory, path.resolve(workingDirectory, folder)]);
  const roots = [stateDirectory, ...[...places].map(besideManifest)];
  return openOwnOutputs(roots.map(savedDirectory), system);
}
