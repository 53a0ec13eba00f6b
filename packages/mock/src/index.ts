import { buildHandlers, type HandlersOptions, type MockHandlers } from "./create-handlers.ts";
import { loadSharpCodec } from "./render/codecs/sharp-codec.ts";

/**
 * Creates msw handlers that respond to `POST /v1/images/edits` like the real server, with images made from the upload.
 *
 * @throws RangeError when `scenario` is not a scenario, or needs a socket, which only `startMockServer` has.
 * @example
 * const handlers = createHandlers({ baseUrl: "https://api.example.com" });
 * const server = setupServer(...handlers);
 * server.listen({ onUnhandledFrame: "error" });
 */
export function createHandlers(options: HandlersOptions = {}): MockHandlers {
  return buildHandlers(options, loadSharpCodec);
}

export type { HandlersOptions, MockHandlers } from "./create-handlers.ts";
export type { EditImage, EditJob, RenderEdit, RenderTarget } from "./render/edit-job.ts";
export type { LoggedPart, LoggedRequest } from "./request-log.ts";
export { type ScenarioName, scenarioNames } from "./scenarios/scenarios.ts";
