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
export type { NodeRequest, NodeResponse } from "./node-message.ts";
export { type NodeListener, toNodeListener } from "./to-node-listener.ts";
