import { expect, it } from "vitest";
import { specFields } from "../generated/fields.gen.ts";

it("no field lists a value twice for a model", () => {
  const lists = specFields.flatMap(({ name, valuesByModel }) =>
    Object.entries(valuesByModel).map(([model, values]) => ({ name, model, values })),
  );
  expect(lists.length).toBeGreaterThan(10);
  for (const list of lists) expect(list).toEqual({ ...list, values: [...new Set(list.values)] });
});
