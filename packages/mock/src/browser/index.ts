import { buildHandlers, type HandlersOptions, type MockHandlers } from "../create-handlers.ts";
import { loadCanvasCodec } from "../render/codecs/canvas-codec.ts";

/** Creates the same handlers as the Node entry point, rendering with `OffscreenCanvas`. Bundlers choose it by `browser`. */
export function createHandlers(options: HandlersOptions = {}): MockHandlers {
  return buildHandlers(options, loadCanvasCodec);
}

export type { HandlersOptions, MockHandlers } from "../create-handlers.ts";
export type { EditImage, EditJob, RenderEdit, RenderTarget } from "../render/edit-job.ts";
export type { LoggedPart, LoggedRequest } from "../request-log.ts";
export { type ScenarioName, scenarioNames } from "../scenarios/scenarios.ts";
