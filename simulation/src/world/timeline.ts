/** What happens to whom; the timeline asks it before anything of it happens. */
export interface Actor {
  readonly isDead: boolean;
  /** Until when nothing of it happens. */
  readonly frozenUntil: number;
  /** Called before one of its steps. */
  beforeStep(): void;
  /** Called between the effect of a step and what the actor learns of it. */
  afterEffect(): void;
}

/** Changes the world, and returns what the actor learns of it. */
export type Step = () => (() => void) | undefined;

interface Event {
  readonly atMs: number;
  readonly order: number;
  readonly actor: Actor | undefined;
  readonly step: Step;
  isCanceled: boolean;
}

/**
 * Runs everything that was queued by promises. Undocumented, but a tenth of the time of a turn of the event loop, which
 * does the same.
 */
const drain = (process as unknown as { _tickCallback(): void })._tickCallback;

/** Virtual time: the only source of order. Between two steps everything that follows from the first has happened. */
export class Timeline {
  nowMs = Date.UTC(2027, 0, 1);
  stepCount = 0;
  readonly #heap: Event[] = [];
  #order = 0;

  /** Schedules a step of an actor, or of the world itself. Returns a function that cancels it. */
  schedule(delayMs: number, actor: Actor | undefined, step: Step): () => void {
    const event = { atMs: this.nowMs + delayMs, order: this.#order++, actor, step, isCanceled: false };
    this.#push(event);
    return () => {
      event.isCanceled = true;
    };
  }

  /** Runs steps until `isOver`. Returns false if nothing is left to happen, or if it takes too many steps. */
  async run(isOver: () => boolean, maxSteps: number): Promise<boolean> {
    // Steps run outside of any promise, because promises are drained between them.
    return new Promise((resolve, reject) => {
      setImmediate(() => {
        try {
          resolve(this.#run(isOver, maxSteps));
        } catch (error) {
          reject(error);
        }
      });
    });
  }

  #run(isOver: () => boolean, maxSteps: number): boolean {
    drain();
    for (const limit = this.stepCount + maxSteps; this.stepCount < limit; ) {
      if (isOver()) return true;
      const event = this.#pop();
      if (event === undefined) return false;
      const { actor } = event;
      if (event.isCanceled) continue;
      this.nowMs = Math.max(this.nowMs, event.atMs);
      if (this.#wait(event, event.step)) continue;
      this.stepCount++;
      actor?.beforeStep();
      if (this.#wait(event, event.step)) continue;
      const learn = event.step();
      actor?.afterEffect();
      if (this.#wait(event, () => learn)) continue;
      learn?.();
      drain();
    }
    return false;
  }

  /** Puts off the step of an actor that is frozen, and drops that of a dead one. Returns false for any other. */
  #wait(event: Event, step: Step): boolean {
    const { actor } = event;
    if (actor === undefined || (!actor.isDead && actor.frozenUntil <= this.nowMs)) return false;
    if (!actor.isDead) this.#push({ ...event, step, atMs: actor.frozenUntil });
    return true;
  }

  #push(event: Event): void {
    const heap = this.#heap;
    let at = heap.push(event) - 1;
    for (; at > 0; ) {
      const parent = (at - 1) >> 1;
      const above = heap[parent] as Event; // inside the heap
      if (!isBefore(event, above)) break;
      heap[at] = above;
      at = parent;
    }
    heap[at] = event;
  }

  #pop(): Event | undefined {
    const heap = this.#heap;
    const [first] = heap;
    const last = heap.pop();
    if (first === undefined || last === undefined || heap.length === 0) return first;
    let at = 0;
    for (let child = 1; child < heap.length; child = 2 * at + 1) {
      if (child + 1 < heap.length && isBefore(heap[child + 1] as Event, heap[child] as Event)) child++;
      const below = heap[child] as Event; // inside the heap
      if (!isBefore(below, last)) break;
      heap[at] = below;
      at = child;
    }
    heap[at] = last;
    return first;
  }
}

function isBefore(a: Event, b: Event): boolean {
  return a.atMs === b.atMs ? a.order < b.order : a.atMs < b.atMs;
}
