import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { History, type HistoryNode } from "./history.ts";

function node(id: string, parentId: string | null): HistoryNode {
  return { id, parentId };
}

function chain(history: History<HistoryNode>, length: number): void {
  for (let at = 1; at <= length; at += 1) history.add([node(`${at}`, at === 1 ? null : `${at - 1}`)]);
}

describe("History", () => {
  it("undo and redo move along a branch", () => {
    const history = new History(10);
    chain(history, 3);
    history.undo();
    history.undo();
    expect([history.current?.id, history.canUndo, history.canRedo]).toEqual(["1", false, true]);
    history.redo();
    expect(history.current?.id).toBe("2");
  });

  it("restored nodes of an earlier page come first, and those of another tab last", () => {
    const history = new History(10);
    chain(history, 2);
    history.restore([node("earlier", null)], "earlier");
    history.restore([node("of another tab", "1")], undefined);
    expect(history.list.map(({ id }) => id)).toEqual(["earlier", "1", "2", "of another tab"]);
    expect(history.current?.id).toBe("2");
  });

  it("adding below an older node keeps the other branch", () => {
    const history = new History(10);
    chain(history, 3);
    history.jumpTo("2");
    history.add([node("4", "2")]);
    expect(history.list.map(({ id }) => id)).toEqual(["1", "2", "3", "4"]);
    history.undo();
    history.redo();
    expect(history.current?.id).toBe("4");
  });

  it("redo moves towards the node that was current last", () => {
    const history = new History(10);
    chain(history, 3);
    history.jumpTo("2");
    history.add([node("4", "2")]);
    history.jumpTo("3");
    history.undo();
    history.redo();
    expect(history.current?.id).toBe("3");
  });

  it("adding several nodes makes the first current and keeps the others beside it", () => {
    const history = new History(10);
    history.add([node("source", null)]);
    history.add([node("a", "source"), node("b", "source")]);
    expect(history.current?.id).toBe("a");
    expect(history.jumpTo("b")).toBe(true);
    history.undo();
    expect(history.current?.id).toBe("source");
  });

  it("an abandoned branch is evicted before the current one", () => {
    const history = new History(4);
    chain(history, 3);
    history.jumpTo("1");
    history.add([node("4", "1")]);
    expect(history.add([node("5", "4")]).map(({ id }) => id)).toEqual(["3"]);
  });

  it("the oldest node of a single branch is evicted, and undo stops there", () => {
    const history = new History(3);
    chain(history, 4);
    expect(history.list.map(({ id }) => id)).toEqual(["2", "3", "4"]);
    history.undo();
    history.undo();
    expect([history.current?.id, history.canUndo]).toEqual(["2", false]);
  });

  it("an empty history has nowhere to move", () => {
    const history = new History(3);
    expect([history.jumpTo("x"), history.undo(), history.redo()]).toEqual([false, false, false]);
  });

  it("a limit below an image and its result is refused", () => {
    expect(() => new History(1)).toThrow("`historyLimit` is 1. It must be at least 2.");
  });

  it("added nodes are never evicted, only they exceed the limit, and evicted nodes are returned", () => {
    const step = fc.oneof(
      fc.record({ do: fc.constant("add" as const), count: fc.integer({ min: 1, max: 5 }) }),
      fc.record({ do: fc.constantFrom("undo" as const, "redo" as const) }),
      fc.record({ do: fc.constant("jump" as const), to: fc.nat(30) }),
    );
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 8 }), fc.array(step, { maxLength: 60 }), (limit, steps) => {
        const history = new History(limit);
        const added = new Set<string>();
        const dropped = new Set<string>();
        let most = limit;
        for (const action of steps) {
          if (action.do === "add") {
            const parentId = history.current?.id ?? null;
            const nodes = Array.from({ length: action.count }, (_, at) =>
              node(`${added.size + at}`, parentId),
            );
            for (const { id } of nodes) added.add(id);
            for (const { id } of history.add(nodes)) dropped.add(id);
            expect(history.current?.id).toBe(nodes[0]?.id);
            expect(history.list).toEqual(expect.arrayContaining(nodes));
          } else if (action.do === "jump") history.jumpTo(`${action.to}`);
          else history[action.do]();
          if (action.do === "add") most = Math.max(limit, action.count);
          expect(history.list.length).toBeLessThanOrEqual(most);
          expect(history.current === undefined || history.list.includes(history.current)).toBe(true);
          expect(history.list.length + dropped.size).toBe(added.size);
        }
      }),
    );
  });
});
