import type { MockRequest } from "../mock-exchange.ts";
import { apiError } from "../request/error-table.ts";
import { type ScenarioName, scenarios } from "./scenarios.ts";
import { parseScenarioScript, scenarioAt } from "./script.ts";

/** Header and query parameter that choose a scenario for one request. */
export const scenarioHeader = "x-mock-scenario";
const scenarioQuery = "scenario";

/** Chooses the scenario of each request, and stores the position of each script. */
export interface ScenarioChooser {
  next(request: MockRequest): ScenarioName;
  reset(): void;
}

/**
 * Creates the chooser. The header of a request overrides its query (`?scenario=`), which overrides the option. Each
 * distinct script counts its own requests.
 *
 * @throws RangeError when the option is not a scenario, or needs a socket where there is none.
 */
export function createScenarioChooser(option: string, hasSockets: boolean): ScenarioChooser {
  const positions = new Map<string, number>();
  const optionError = findError(option, hasSockets);
  if (optionError) throw new RangeError(optionError.message);
  return {
    next({ headers, url }) {
      const script = headers.get(scenarioHeader) ?? url.searchParams.get(scenarioQuery) ?? option;
      const problem = findError(script, hasSockets);
      if (problem) {
        throw apiError(problem.known ? "needsSocket" : "unknownScenario", {
          values: { reason: problem.message },
          param: scenarioHeader,
        });
      }
      const position = positions.get(script) ?? 0;
      positions.set(script, position + 1);
      return scenarioAt(parseScenarioScript(script), position);
    },
    reset: () => positions.clear(),
  };
}

function findError(script: string, hasSockets: boolean): { message: string; known: boolean } | undefined {
  try {
    const unsupported = parseScenarioScript(script).find(
      ({ name }) => !hasSockets && scenarios[name].needsSocket,
    );
    if (!unsupported) return undefined;
    const message = `Scenario \`${unsupported.name}\` breaks the connection, which msw cannot do. Start a server: \`startMockServer()\` of @retouch/mock/server.`;
    return { message, known: true };
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return { message: error.message, known: false };
  }
}
