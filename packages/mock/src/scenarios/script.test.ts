import fc from "fast-check";
import { expect, test } from "vitest";
import { scenarioNames } from "./scenarios.ts";
import { parseScenarioScript, scenarioAt } from "./script.ts";

const play = (script: string, turns: number) =>
  Array.from({ length: turns }, (_, turn) => scenarioAt(parseScenarioScript(script), turn));

test.each([
  ["ok", ["ok", "ok", "ok", "ok"]],
  ["rate-limited x2, then ok", ["rate-limited", "rate-limited", "ok", "ok"]],
  ["quota then reset ×2, empty", ["quota", "reset", "reset", "empty"]],
  [" slow*3 ,ok ", ["slow", "slow", "slow", "ok"]],
])("plays %j", (script, names) => {
  expect(play(script, 4)).toEqual(names);
});

test.each(["", "okay", "ok x0", "ok x-1", "ok,", "ok x2 x3", "constructor", "__proto__"])(
  "refuses %j",
  (script) => {
    expect(() => parseScenarioScript(script)).toThrow(RangeError);
  },
);

test("plays every script as written", () => {
  const step = fc.tuple(fc.constantFrom(...scenarioNames), fc.integer({ min: 1, max: 4 }));
  fc.assert(
    fc.property(
      fc.array(step, { minLength: 1, maxLength: 5 }),
      fc.constantFrom(", ", ", then ", " then "),
      (steps, glue) => {
        const script = steps.map(([name, times]) => `${name} x${times}`).join(glue);
        const expected = steps.flatMap(([name, times]) => Array<string>(times).fill(name));
        expect(play(script, expected.length + 2)).toEqual([...expected, expected.at(-1), expected.at(-1)]);
      },
    ),
  );
});

test("reads or refuses any text", () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      try {
        expect(parseScenarioScript(text).length).toBeGreaterThan(0);
      } catch (error) {
        expect(error).toBeInstanceOf(RangeError);
      }
    }),
  );
});
