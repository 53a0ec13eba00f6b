// Modules of Node that take long to load, loaded where they are first used. An import of `node:http` reads each of its
// exports, and its `WebSocket` loads undici: 35 ms of CPU. TLS takes 13 ms, which only https needs.

/** Returns `node:http`. Looked up by each call, so that what a test replaces in it is used. */
export const http = () => process.getBuiltinModule("node:http");
/** Returns `node:https`, which loads TLS. */
export const https = () => process.getBuiltinModule("node:https");
/** Returns `node:net`. */
export const net = () => process.getBuiltinModule("node:net");
/** Returns `node:tls`. */
export const tls = () => process.getBuiltinModule("node:tls");
/** Returns `node:crypto`. */
export const crypto = () => process.getBuiltinModule("node:crypto");

/** Returns `node:zlib`. */
export const zlib = () => process.getBuiltinModule("node:zlib");

/** Returns the `request` of the protocol of a URL or a route. */
export const requesterOf = ({ protocol }: { readonly protocol?: string | null | undefined }) =>
  protocol === "https:" ? https().request : http().request;
