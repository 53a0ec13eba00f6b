import { type EditState, idleState } from "./edit-state.ts";

/** Observable state of a session: a frozen snapshot that each update replaces. */
export class SessionStore {
  #state: EditState = idleState;
  readonly #derive: () => Partial<EditState>;
  readonly #listeners = new Set<() => void>();

  /** @param derive Returns the fields that are read from their owners on every update. */
  constructor(derive: () => Partial<EditState>) {
    this.#derive = derive;
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  readonly getSnapshot = (): EditState => this.#state;

  /** Publishes a new snapshot: the patch, and the derived fields as they are now. */
  update(patch: Partial<EditState> = {}): void {
    this.#state = Object.freeze({ ...this.#state, ...patch, ...this.#derive() });
    for (const listener of this.#listeners) listener();
  }
}
