import type { Step } from "@retouch/react-hooks";

/** Where a version is drawn: its depth, and the row of its branch. */
export interface Place {
  readonly id: string;
  readonly column: number;
  readonly row: number;
  /** The row of the version that it was made from; `undefined` for one that was opened. */
  readonly parentRow: number | undefined;
}

/**
 * Places versions so that every branch has a row of its own: the first edit of a version continues its row, each other
 * edit starts a new row below all that came before.
 */
export function layOutTree(steps: readonly Pick<Step, "id" | "parentId">[]): readonly Place[] {
  const known = new Set(steps.map(({ id }) => id));
  const children = new Map<string | null, string[]>();
  for (const { id, parentId } of steps) {
    // A parent that was evicted leaves its children as roots.
    const parent = parentId !== null && known.has(parentId) ? parentId : null;
    children.set(parent, [...(children.get(parent) ?? []), id]);
  }
  const places = new Map<string, Place>();
  let rows = 0;
  const waiting = (children.get(null) ?? []).map((id) => ({
    id,
    parent: undefined as Place | undefined,
    isNew: true,
  }));
  for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
    const { id, parent, isNew } = next;
    const row = isNew ? rows++ : (parent?.row ?? 0);
    const place = { id, row, column: parent === undefined ? 0 : parent.column + 1, parentRow: parent?.row };
    places.set(id, place);
    const below = (children.get(id) ?? []).map((child, index) => ({
      id: child,
      parent: place,
      isNew: index > 0,
    }));
    waiting.unshift(...below);
  }
  return steps.flatMap(({ id }) => places.get(id) ?? []);
}
