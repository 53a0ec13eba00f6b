import { buildHandlers, type HandlersOptions, type MockHandlers } from "./create-handlers.ts";
import { loadSharpKit } from "./render/codecs/sharp-codec.ts";

/**
 * Creates msw handlers that answer `POST /v1/images/edits` like the real thing, with pictures made from the upload.
 *
 * @throws RangeError when `scenario` names none, or one that needs a socket: those are for `startMockServer`.
 * @example
 * const handlers = createHandlers({ baseUrl: "https://api.example.com" });
 * const server = setupServer(...handlers);
 * server.listen({ onUnhandledFrame: "error" });
 */
export function createHandlers(options: HandlersOptions = {}): MockHandlers {
  return buildHandlers(options, loadSharpKit);
}

export type { HandlersOptions, MockHandlers } from "./create-handlers.ts";
export type { EditJob, EditPicture, RenderEdit, RenderTurn } from "./render/edit-job.ts";
export type { LoggedPart, LoggedRequest } from "./request-log.ts";
export { type ScenarioName, scenarioNames } from "./scenarios/scenarios.ts";
