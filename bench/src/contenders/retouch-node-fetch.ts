import { createNodeContender } from "../create-node-contender.ts";

/** Our client with files, on the platform's `fetch` instead of `node:http`. */
export const { small, upload, receive } = createNodeContender({ fetch: globalThis.fetch });
