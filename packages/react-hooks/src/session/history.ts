/** Has a place in the tree: `parentId` is `null` for a picture that was not made from another. */
export interface HistoryNode {
  readonly id: string;
  readonly parentId: string | null;
}

/**
 * Keeps every picture of a session as a tree: editing an older one starts a branch and drops nothing.
 * What falls off the end of the limit is returned, so that its owner can free it.
 */
export class History<Node extends HistoryNode> {
  #nodes = new Map<string, Node>();
  #list: readonly Node[] = [];
  #current: Node | undefined;
  /** The child that redo goes to: the one that was left last. */
  #wayBack = new Map<string, string>();
  readonly #limit: number;

  /** @param limit How many pictures are kept, at least 2: the one being edited and its result. */
  constructor(limit: number) {
    if (!(limit >= 2)) throw new RangeError(`\`historyLimit\` is ${limit}. Give a number of at least 2.`);
    this.#limit = limit;
  }

  /** Lists the pictures in the order they were made; the same array until something changes. */
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
   * Adds pictures, makes the first of them current, and returns those that fell off the limit. What is added is kept,
   * were it more than the limit: it has just been paid for.
   */
  add(nodes: readonly Node[]): readonly Node[] {
    const [first] = nodes;
    if (first === undefined) return [];
    for (const node of nodes) this.#nodes.set(node.id, node);
    this.#goTo(first);
    return this.#evict(new Set(nodes));
  }

  undo(): boolean {
    return this.#goTo(this.#parent(this.#current));
  }

  redo(): boolean {
    return this.#goTo(this.#next());
  }

  /** Makes any kept picture current, and answers whether there is one of that id. */
  jumpTo(id: string): boolean {
    return this.#goTo(this.#nodes.get(id));
  }

  /** Forgets everything, and returns it. */
  clear(): readonly Node[] {
    const all = this.#list;
    this.#nodes.clear();
    this.#wayBack.clear();
    this.#list = [];
    this.#current = undefined;
    return all;
  }

  #parent(node: Node | undefined): Node | undefined {
    return node === undefined || node.parentId === null ? undefined : this.#nodes.get(node.parentId);
  }

  #next(): Node | undefined {
    if (this.#current === undefined) return undefined;
    const id = this.#wayBack.get(this.#current.id);
    return id === undefined ? undefined : this.#nodes.get(id);
  }

  #goTo(node: Node | undefined): boolean {
    if (node === undefined) return false;
    this.#current = node;
    let child = node;
    for (let parent = this.#parent(child); parent !== undefined; parent = this.#parent(child)) {
      this.#wayBack.set(parent.id, child.id);
      child = parent;
    }
    this.#list = [...this.#nodes.values()];
    return true;
  }

  #evict(newest: ReadonlySet<Node>): readonly Node[] {
    const evicted: Node[] = [];
    while (this.#nodes.size > this.#limit) {
      const victim = this.#victim(newest);
      if (victim === undefined) break;
      this.#nodes.delete(victim.id);
      this.#wayBack.delete(victim.id);
      evicted.push(victim);
    }
    if (evicted.length > 0) this.#list = [...this.#nodes.values()];
    return evicted;
  }

  /** The oldest picture that no branch needs and that does not lead to the current one; else the oldest on that way. */
  #victim(newest: ReadonlySet<Node>): Node | undefined {
    const way: Node[] = [];
    for (let node = this.#current; node !== undefined; node = this.#parent(node)) way.push(node);
    const parents = new Set([...this.#nodes.values()].map((node) => node.parentId));
    const kept = new Set([...way, ...newest]);
    for (const node of this.#nodes.values()) if (!kept.has(node) && !parents.has(node.id)) return node;
    return way.filter((node) => !newest.has(node)).at(-1);
  }
}
