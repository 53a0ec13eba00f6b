import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { stringAt } from "../json.ts";
import type { Json } from "../spec-types.ts";
import type { Level } from "./difference.ts";

/** The packages whose users the spec of the default vendor affects. */
const packages = ["client", "cli", "mock"];
/** Of another vendor, only the types of the plain client are generated. */
const packagesOfOthers = ["client"];

export interface Bump {
  level: Level;
  /** The reason for this level. */
  reason: string;
  /** Names of the packages on npm. */
  names: string[];
  isBreaking: boolean;
}

const reasons: Record<Level, string> = {
  major: "code that worked can stop working.",
  minor: "there is more to use, and nothing that worked stops working.",
  patch: "only descriptions changed.",
};

/** Returns the version bump for the highest level of all changes: before 1.0, a breaking change is minor. */
export async function bumpOf(
  root: string,
  highest: Level | undefined,
  { isDefault }: { isDefault: boolean },
): Promise<Bump | undefined> {
  if (!highest) return undefined;
  const manifests = await Promise.all(
    (isDefault ? packages : packagesOfOthers).map(
      async (name) =>
        JSON.parse(await readFile(join(root, "packages", name, "package.json"), "utf8")) as Json,
    ),
  );
  const isEarly = manifests.some((manifest) => stringAt(manifest, "version")?.startsWith("0."));
  const level = highest === "major" && isEarly ? "minor" : highest;
  const early = level === highest ? "" : " Before 1.0 that is a minor version.";
  return {
    level,
    reason: reasons[highest] + early,
    names: manifests.map((manifest) => stringAt(manifest, "name") ?? ""),
    isBreaking: highest === "major",
  };
}

/** Renders the changeset: the packages, then what affects users, a line each. */
export function changesetText(
  lines: readonly string[],
  bump: Bump,
  { name, isDefault }: { name: string; isDefault: boolean },
): string {
  const head = bump.names.map((name) => `"${name}": ${bump.level}\n`).join("");
  const whose = isDefault ? "the vendor's" : `${name}'s`;
  const opening = `${bump.isBreaking ? "Breaking: followed" : "Followed"} ${whose} new document.`;
  return `---\n${head}---\n\n${opening}\n\n${lines.map((line) => `- ${line}\n`).join("")}`;
}
