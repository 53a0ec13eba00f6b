export type { MockOptions } from "./mock-options.ts";
export type { LoggedPart, LoggedRequest } from "./request-log.ts";
export { type ScenarioName, scenarioNames } from "./scenarios/scenarios.ts";
export { type MockServer, type MockServerOptions, startMockServer } from "./start-mock-server.ts";
