import type { MockRequest } from "../mock-exchange.ts";
import { ApiError } from "../request/api-error.ts";
import { type ScenarioName, scenarios } from "./scenarios.ts";
import { parseScenarioScript, scenarioAt } from "./script.ts";

/** Header and query parameter that choose a scenario for one request. */
export const scenarioHeader = "x-mock-scenario";
const scenarioQuery = "scenario";

/** Says which scenario answers a request, and remembers how far each script has come. */
export interface ScenarioChooser {
  next(request: MockRequest): ScenarioName;
  reset(): void;
}

/**
 * Creates the chooser: a request's header wins over its query (`?scenario=`), which wins over the option. Each distinct
 * script counts its own requests.
 *
 * @throws RangeError at once when the option names no scenario, or one that needs a socket where there is none.
 */
export function createScenarioChooser(option: string, hasSockets: boolean): ScenarioChooser {
  const turns = new Map<string, number>();
  const optionError = findError(option, hasSockets);
  if (optionError) throw new RangeError(optionError.message);
  return {
    next({ headers, url }) {
      const script = headers.get(scenarioHeader) ?? url.searchParams.get(scenarioQuery) ?? option;
      const problem = findError(script, hasSockets);
      if (problem) {
        throw new ApiError(problem.known ? 501 : 400, {
          message: problem.message,
          param: scenarioHeader,
          code: problem.known ? "scenario_needs_socket" : "unknown_scenario",
        });
      }
      const turn = turns.get(script) ?? 0;
      turns.set(script, turn + 1);
      return scenarioAt(parseScenarioScript(script), turn);
    },
    reset: () => turns.clear(),
  };
}

function findError(script: string, hasSockets: boolean): { message: string; known: boolean } | undefined {
  try {
    const lost = parseScenarioScript(script).find(({ name }) => !hasSockets && scenarios[name].needsSocket);
    if (!lost) return undefined;
    const message = `Scenario \`${lost.name}\` breaks the connection itself, which msw can not do. Start a server: \`startMockServer()\` of @retouch/mock/server.`;
    return { message, known: true };
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return { message: error.message, known: false };
  }
}
