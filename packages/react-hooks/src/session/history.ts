/** Node of the tree: `parentId` is `null` for an image that was not edited from another. */
export interface HistoryNode {
  readonly id: string;
  readonly parentId: string | null;
}

/**
 * Undo history as a tree: editing an older image starts a branch and drops nothing.
 * Evicted nodes are returned, so that their owner can release them.
 */
export class History<Node extends HistoryNode> {
  #nodes = new Map<string, Node>();
  #list: readonly Node[] = [];
  #current: Node | undefined;
  /** The child that redo goes to, by parent: the one that was current last. */
  #redoTargets = new Map<string, string>();
  readonly #limit: number;

  /** @param limit How many images are kept, at least 2: the one being edited and its result. */
  constructor(limit: number) {
    if (!(limit >= 2)) throw new RangeError(`\`historyLimit\` is ${limit}. It must be at least 2.`);
    this.#limit = limit;
  }

  /** All nodes, oldest first; the same array until something changes. */
  get list(): readonly Node[] {
    return this.#list;
  }

  get current(): Node | undefined {
    return this.#current;
  }

  get canUndo(): boolean {
    return this.#parent(this.#current) !== undefined;
  }

  get canRedo(): boolean {
    return this.#next() !== undefined;
  }

  /**
   * Adds nodes and returns the evicted ones. The first becomes current, unless `becomesCurrent` is false. Added nodes are
   * never evicted, even when they exceed the limit: they have just been billed.
   */
  add(nodes: readonly Node[], becomesCurrent = true): readonly Node[] {
    const [first] = nodes;
    if (first === undefined) return [];
    for (const node of nodes) this.#nodes.set(node.id, node);
    this.#list = [...this.#nodes.values()];
    this.#moveTo(becomesCurrent || this.#current === undefined ? first : this.#current);
    return this.#evict(new Set(nodes));
  }

  /**
   * Adds nodes of an earlier page or a file before all others, and makes one current if none is. Without the ID of what was
   * current there they are new ones of another tab, and come last.
   */
  restore(nodes: readonly Node[], currentId: string | undefined): void {
    const restored = nodes.map((node) => [node.id, node] as const);
    this.#nodes = new Map(
      currentId === undefined ? [...this.#nodes, ...restored] : [...restored, ...this.#nodes],
    );
    this.#list = [...this.#nodes.values()];
    this.#moveTo(this.#current ?? this.#nodes.get(currentId ?? "") ?? nodes.at(-1));
  }

  undo(): boolean {
    return this.#moveTo(this.#parent(this.#current));
  }

  redo(): boolean {
    return this.#moveTo(this.#next());
  }

  /** Makes any node current. Returns whether there is one with that ID. */
  jumpTo(id: string): boolean {
    return this.#moveTo(this.#nodes.get(id));
  }

  /** Removes all nodes and returns them. */
  clear(): readonly Node[] {
    const all = this.#list;
    this.#nodes.clear();
    this.#redoTargets.clear();
    this.#list = [];
    this.#current = undefined;
    return all;
  }

  #parent(node: Node | undefined): Node | undefined {
    return node === undefined || node.parentId === null ? undefined : this.#nodes.get(node.parentId);
  }

  #next(): Node | undefined {
    if (this.#current === undefined) return undefined;
    const id = this.#redoTargets.get(this.#current.id);
    return id === undefined ? undefined : this.#nodes.get(id);
  }

  #moveTo(node: Node | undefined): boolean {
    if (node === undefined) return false;
    this.#current = node;
    let child = node;
    for (let parent = this.#parent(child); parent !== undefined; parent = this.#parent(child)) {
      this.#redoTargets.set(parent.id, child.id);
      child = parent;
    }
    return true;
  }

  #evict(newest: ReadonlySet<Node>): readonly Node[] {
    const evicted: Node[] = [];
    while (this.#nodes.size > this.#limit) {
      const candidate = this.#evictionCandidate(newest);
      if (candidate === undefined) break;
      this.#nodes.delete(candidate.id);
      this.#redoTargets.delete(candidate.id);
      evicted.push(candidate);
    }
    if (evicted.length > 0) this.#list = [...this.#nodes.values()];
    return evicted;
  }

  /** Finds the oldest leaf outside the current branch, or else the oldest node of that branch. */
  #evictionCandidate(newest: ReadonlySet<Node>): Node | undefined {
    const branch: Node[] = [];
    for (let node = this.#current; node !== undefined; node = this.#parent(node)) branch.push(node);
    const parents = new Set([...this.#nodes.values()].map((node) => node.parentId));
    const retained = new Set([...branch, ...newest]);
    for (const node of this.#nodes.values()) if (!retained.has(node) && !parents.has(node.id)) return node;
    return branch.filter((node) => !newest.has(node)).at(-1);
  }
}
