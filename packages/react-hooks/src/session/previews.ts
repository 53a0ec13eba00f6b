import type { EditedImage } from "@retouch/client";
import type { EditPartial } from "./edit-state.ts";
import type { ObjectUrls } from "./object-urls.ts";

/** Previews of one edit: shows the newest, at most one per frame, and revokes those no longer painted. */
export class Previews {
  readonly #urls: ObjectUrls;
  readonly #frames = new FrameThrottle();
  #shown: EditPartial[] = [];
  #offered = 0;
  #newest = 0;

  constructor(urls: ObjectUrls) {
    this.#urls = urls;
  }

  /** Calls `show` with a preview in the next frame, unless a newer one or `clear` comes first. */
  async offer(
    { blob: read }: Pick<EditedImage, "blob">,
    index: number,
    show: (partial: EditPartial) => void,
  ): Promise<void> {
    this.#offered += 1;
    const number = this.#offered;
    // A preview that cannot be read is skipped: the image itself is still to come.
    const blob = await read().catch(() => undefined);
    if (blob === undefined || number <= this.#newest) return;
    this.#newest = number;
    this.#frames.schedule(() => {
      const partial: EditPartial = { index, blob, url: this.#urls.create(blob) };
      // The previous preview stays alive: the page may not have painted its successor yet.
      this.#shown.push(partial);
      while (this.#shown.length > 2) this.#urls.release(this.#shown.shift()?.url);
      show(partial);
    });
  }

  clear(): void {
    this.#newest = this.#offered;
    this.#frames.cancel();
    for (const { url } of this.#shown) this.#urls.release(url);
    this.#shown = [];
  }
}

/** Runs at most one call per animation frame: the latest. */
class FrameThrottle {
  #pending: (() => void) | undefined;
  #cancelFrame: (() => void) | undefined;

  schedule(action: () => void): void {
    this.#pending = action;
    this.#cancelFrame ??= onNextFrame(() => {
      this.#cancelFrame = undefined;
      const latest = this.#pending;
      this.#pending = undefined;
      latest?.();
    });
  }

  cancel(): void {
    this.#cancelFrame?.();
    this.#cancelFrame = undefined;
    this.#pending = undefined;
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
