import { isScenarioName, type ScenarioName, scenarioNames } from "./scenarios.ts";

const step = /^(?<name>[\w-]+)(?:\s*(?:x|×|\*)\s*(?<times>[1-9]\d{0,5}))?$/;

/**
 * Reads a scenario, or a script of several: `rate-limited x2, then ok`. The last step goes on for ever.
 *
 * @throws RangeError that names the word and what is known.
 */
export function parseScenarioScript(script: string): { name: ScenarioName; times: number }[] {
  return script.split(/\s*,\s*(?:then\s+)?|\s+then\s+/).map((text) => {
    const { name, times } = step.exec(text.trim())?.groups ?? {};
    if (name === undefined || !isScenarioName(name)) {
      const seen = JSON.stringify(text.trim().slice(0, 60));
      throw new RangeError(
        `The mock has no scenario ${seen}. Use one of: ${scenarioNames.join(", ")}; or a script of them: \`rate-limited x2, then ok\`.`,
      );
    }
    return { name, times: times === undefined ? 1 : Number(times) };
  });
}

/** The step of a script for its `turn`-th request, counted from 0. */
export function scenarioAt(
  steps: readonly { name: ScenarioName; times: number }[],
  turn: number,
): ScenarioName {
  let end = 0;
  for (const { name, times } of steps) {
    end += times;
    if (turn < end) return name;
  }
  return steps.at(-1)?.name ?? "ok";
}
