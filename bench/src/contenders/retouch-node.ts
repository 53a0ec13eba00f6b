import { createNodeContender } from "../create-node-contender.ts";

/** Our client on `node:http`: files in, files out. */
export const { small, upload, receive, check } = createNodeContender({});
