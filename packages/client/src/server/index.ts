/**
 * The proxy that keeps the key: a page posts its form to your server, your server adds the key and posts it on.
 *
 * @packageDocumentation
 */

export { createImageEditHandler } from "./create-image-edit-handler.ts";
export type {
  ImageEditHandler,
  ImageEditHandlerOptions,
  ProxyEvent,
  ProxyLimits,
  RateLimitVerdict,
} from "./handler-options.ts";
export {
  type NodeListener,
  type NodeRequest,
  type NodeResponse,
  toNodeListener,
} from "./to-node-listener.ts";
