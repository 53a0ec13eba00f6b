import { buildHandlers, type HandlersOptions, type MockHandlers } from "../create-handlers.ts";
import { loadCanvasKit } from "../render/codecs/canvas-codec.ts";

/** Creates the same handlers as the Node entry, painting with `OffscreenCanvas`: bundlers choose it by `browser`. */
export function createHandlers(options: HandlersOptions = {}): MockHandlers {
  return buildHandlers(options, loadCanvasKit);
}

export type { HandlersOptions, MockHandlers } from "../create-handlers.ts";
export type { EditJob, EditPicture, RenderEdit, RenderTurn } from "../render/edit-job.ts";
export type { LoggedPart, LoggedRequest } from "../request-log.ts";
export { type ScenarioName, scenarioNames } from "../scenarios/scenarios.ts";
