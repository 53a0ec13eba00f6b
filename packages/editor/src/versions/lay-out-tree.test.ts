import { describe, expect, it } from "vitest";
import { layOutTree } from "./lay-out-tree.ts";

const tree = (...steps: readonly (readonly [id: string, parentId: string | null])[]) =>
  layOutTree(steps.map(([id, parentId]) => ({ id, parentId }))).map(
    ({ id, column, row, parentRow }) => `${id} ${column},${row} ${parentRow ?? "-"}`,
  );

describe(layOutTree, () => {
  it("continues the row of a version with its first edit, and gives each other edit a row of its own", () => {
    expect(tree(["a", null], ["b", "a"], ["c", "b"], ["d", "b"], ["e", "d"], ["f", "a"], ["g", "c"])).toEqual(
      ["a 0,0 -", "b 1,0 0", "c 2,0 0", "d 2,1 0", "e 3,1 1", "f 1,2 0", "g 3,0 0"],
    );
  });

  it("gives each opened image a row, and one whose parent was evicted too", () => {
    expect(tree(["a", null], ["b", null], ["c", "a"], ["d", "gone"])).toEqual([
      "a 0,0 -",
      "b 0,1 -",
      "c 1,0 0",
      "d 0,2 -",
    ]);
  });

  it("never draws two versions at one place", () => {
    const steps = Array.from({ length: 60 }, (_, index): [string, string | null] => [
      `${index}`,
      index % 7 === 0 ? null : `${Math.floor((index * index) / 5) % index}`,
    ]);
    const places = layOutTree(steps.map(([id, parentId]) => ({ id, parentId })));
    expect(new Set(places.map(({ column, row }) => `${column},${row}`)).size).toBe(60);
  });
});
