/** The repository's home on GitHub; npm provenance requires each manifest's `repository` to match it. */
export interface Repository {
  readonly owner: string;
  readonly name: string;
}

/** No GitHub account can have this name: underscores are not allowed there. */
export const placeholderOwner = "OWNER_NOT_SET";

/** Set the owner here, then run `pnpm generate`. Nothing is published before. */
export const repository: Repository = { owner: placeholderOwner, name: "retouch" };

/** The keywords of every package. */
export const sharedKeywords = ["image", "image-editing", "openai", "retouch"];

/** The keywords of each package, by its directory in `packages/`. */
export const ownKeywords: Readonly<Record<string, readonly string[]>> = {
  cli: ["batch", "cli", "inpainting", "mask"],
  client: ["client", "inpainting", "mask", "proxy", "streaming", "typescript"],
  editor: ["editor", "inpainting", "mask", "react"],
  mock: ["mock", "mock-server", "msw", "testing"],
  queue: ["batch", "bullmq", "queue", "redis"],
  "react-hooks": ["canvas", "hooks", "mask", "react"],
};
