import { createNodeContender } from "../create-node-contender.ts";

/** Ours with files, on the platform's `fetch` in place of `node:http`. */
export const { small, upload, receive } = createNodeContender({ fetch: globalThis.fetch });
