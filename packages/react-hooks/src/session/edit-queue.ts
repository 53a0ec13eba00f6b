interface QueuedEdit<Params> {
  readonly params: Params;
  readonly start: () => void;
  readonly reject: (reason: Error) => void;
}

/** Edits that wait until the current one has ended, first in, first out. */
export class EditQueue<Params> {
  #queued: readonly QueuedEdit<Params>[] = [];

  get length(): number {
    return this.#queued.length;
  }

  /** Adds an edit. The promise settles as the one that `start` returns later. */
  enqueue<Result>(params: Params, start: (params: Params) => Promise<Result>): Promise<Result> {
    return new Promise((resolve, reject) => {
      this.#queued = [...this.#queued, { params, start: () => resolve(start(params)), reject }];
    });
  }

  startNext(): void {
    const [next, ...others] = this.#queued;
    this.#queued = others;
    next?.start();
  }

  /** Removes the edits that `matches` selects, all by default, and rejects their promises. */
  reject(reason: Error, matches: (params: Params) => boolean = () => true): void {
    const rejected = this.#queued.filter(({ params }) => matches(params));
    this.#queued = this.#queued.filter((queued) => !rejected.includes(queued));
    for (const queued of rejected) queued.reject(reason);
  }
}
