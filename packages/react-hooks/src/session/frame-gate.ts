/** Lets through the newest of many calls, at most one a frame. */
export class FrameGate {
  #waiting: (() => void) | undefined;
  #cancelFrame: (() => void) | undefined;

  /** Runs `action` in the next frame, unless a newer one takes its place. */
  schedule(action: () => void): void {
    this.#waiting = action;
    this.#cancelFrame ??= onNextFrame(() => {
      this.#cancelFrame = undefined;
      const newest = this.#waiting;
      this.#waiting = undefined;
      newest?.();
    });
  }

  /** Drops what waits. */
  cancel(): void {
    this.#cancelFrame?.();
    this.#cancelFrame = undefined;
    this.#waiting = undefined;
  }
}

function onNextFrame(callback: () => void): () => void {
  if (typeof requestAnimationFrame === "function") {
    const frame = requestAnimationFrame(callback);
    return () => cancelAnimationFrame(frame);
  }
  const timer = setTimeout(callback, 16);
  return () => clearTimeout(timer);
}
