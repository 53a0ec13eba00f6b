import { createNodeContender } from "../create-node-contender.ts";

/** Our client on `node:http` with a connection of its own for every edit. */
export const { small } = createNodeContender({ freshConnections: true });
