/**
 * The proxy that holds the key: a page posts its form to your server, which adds the key and forwards it.
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
export type { JobOptions } from "./jobs/job-options.ts";
export { type Job, type JobResponse, type JobStore, memoryJobStore } from "./jobs/job-store.ts";
export {
  type NodeListener,
  type NodeRequest,
  type NodeResponse,
  toNodeListener,
} from "./to-node-listener.ts";
