import { placeholderOwner, type Repository } from "./manifest-facts.ts";

/** Returns why publishing is refused: what was found and what to do. */
export function publishProblem(
  { owner, name }: Repository,
  staleManifests: readonly string[],
  readmeLinks: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): string | undefined {
  const source = "`repository` in tools/src/release/manifest-facts.ts";
  if (owner === placeholderOwner) {
    return `${source} has no owner: \`${owner}\`. Set the GitHub account that owns it, run \`pnpm generate\`, and commit.`;
  }
  if (staleManifests.length > 0) {
    return `${staleManifests.join(", ")} differs from tools/src/release/manifest-facts.ts. Run \`pnpm generate\`, and commit.`;
  }
  if (readmeLinks.length > 0) {
    return `README.md has relative links, which no page of a package can follow: ${readmeLinks.join(", ")}. Publish with \`pnpm release\`, which makes them absolute.`;
  }
  const actual = env["GITHUB_REPOSITORY"];
  if (actual !== undefined && actual.toLowerCase() !== `${owner}/${name}`.toLowerCase()) {
    return `${source} is ${owner}/${name}, but this workflow runs in ${actual}. npm refuses provenance of another repository.`;
  }
  return undefined;
}
