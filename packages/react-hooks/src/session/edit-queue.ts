interface Waiting<Params> {
  readonly params: Params;
  readonly start: () => void;
  readonly refuse: (reason: Error) => void;
}

/** Holds the edits that wait for their turn, first come, first served. */
export class WaitingLine<Params> {
  #waiting: readonly Waiting<Params>[] = [];

  get length(): number {
    return this.#waiting.length;
  }

  /** Waits for a turn; `start` runs then, and its promise is the answer. */
  join<Result>(params: Params, start: (params: Params) => Promise<Result>): Promise<Result> {
    return new Promise((resolve, refuse) => {
      this.#waiting = [...this.#waiting, { params, start: () => resolve(start(params)), refuse }];
    });
  }

  startNext(): void {
    const [next, ...others] = this.#waiting;
    this.#waiting = others;
    next?.start();
  }

  /** Sends away those that `matches` picks. */
  refuse(reason: Error, matches: (params: Params) => boolean = () => true): void {
    const refused = this.#waiting.filter(({ params }) => matches(params));
    this.#waiting = this.#waiting.filter((waiting) => !refused.includes(waiting));
    for (const waiting of refused) waiting.refuse(reason);
  }
}
