import { isScenarioName, type ScenarioName, scenarioNames } from "./scenarios.ts";

const step = /^(?<name>[\w-]+)(?:\s*(?:x|×|\*)\s*(?<times>[1-9]\d{0,5}))?$/;

/**
 * Parses a scenario, or a script of several: `rate-limited x2, then ok`. The last step repeats forever.
 *
 * @throws RangeError for an unknown scenario; the message lists the known ones.
 */
export function parseScenarioScript(script: string): { name: ScenarioName; times: number }[] {
  return script.split(/\s*,\s*(?:then\s+)?|\s+then\s+/).map((text) => {
    const { name, times } = step.exec(text.trim())?.groups ?? {};
    if (name === undefined || !isScenarioName(name)) {
      const actual = JSON.stringify(text.trim().slice(0, 60));
      throw new RangeError(
        `The mock has no scenario ${actual}. Use one of: ${scenarioNames.join(", ")}; or a script of them: \`rate-limited x2, then ok\`.`,
      );
    }
    return { name, times: times === undefined ? 1 : Number(times) };
  });
}

/** Returns the step of a script for the request with this index. */
export function scenarioAt(
  steps: readonly { name: ScenarioName; times: number }[],
  index: number,
): ScenarioName {
  let end = 0;
  for (const { name, times } of steps) {
    end += times;
    if (index < end) return name;
  }
  return steps.at(-1)?.name ?? "ok";
}
