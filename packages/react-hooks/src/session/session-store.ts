import { type EditState, idleState } from "./edit-state.ts";

/** Observable state of a session: a frozen snapshot that is replaced only when something in it changes. */
export class SessionStore {
  #state: EditState = idleState;
  readonly #read: () => EditState;
  readonly #afterwards: () => void;
  readonly #listeners = new Set<() => void>();

  /**
   * @param read Returns the state as it is now.
   * @param afterwards Called when every listener has seen a change: what it shows no longer may be released.
   */
  constructor(read: () => EditState, afterwards: () => void) {
    this.#read = read;
    this.#afterwards = afterwards;
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  readonly getSnapshot = (): EditState => this.#state;

  /** Publishes what has changed. */
  readonly update = (): void => {
    const next = this.#read();
    const names = Object.keys(next) as (keyof EditState)[];
    if (names.some((name) => next[name] !== this.#state[name])) {
      this.#state = Object.freeze(next);
      for (const listener of this.#listeners) listener();
    }
    this.#afterwards();
  };
}
