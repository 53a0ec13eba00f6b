import { objectAt, stringAt } from "../json.ts";
import type { JsonObject } from "../spec-types.ts";

const kinds = ["dependencies", "peerDependencies", "optionalDependencies"];

/**
 * Groups published packages that depend on each other, directly or through another: they are only tested together,
 * so they are released under one version. A single package is not a group.
 */
export function versionGroups(manifests: readonly JsonObject[]): string[][] {
  const published = manifests.filter((manifest) => manifest["private"] !== true);
  const names = published.map((manifest) => stringAt(manifest, "name") ?? "");
  const groupOf = new Map(names.map((name) => [name, new Set([name])]));
  for (const [index, manifest] of published.entries()) {
    for (const dependency of kinds.flatMap((kind) => Object.keys(objectAt(manifest, kind)))) {
      const [own, other] = [groupOf.get(names[index] ?? ""), groupOf.get(dependency)];
      if (own === undefined || other === undefined) continue;
      const joined = new Set([...own, ...other]);
      for (const name of joined) groupOf.set(name, joined);
    }
  }
  return [...new Set(groupOf.values())].filter(({ size }) => size > 1).map((group) => [...group].sort());
}
