import type { EditedImage } from "@retouch/client";
import type { EditPartial } from "./edit-state.ts";
import { FrameGate } from "./frame-gate.ts";
import type { ObjectUrls } from "./object-urls.ts";

/** Shows the newest preview of an edit, at most one a frame, and frees those that nobody can still be painting. */
export class Previews {
  readonly #urls: ObjectUrls;
  readonly #frames = new FrameGate();
  #shown: EditPartial[] = [];
  #offered = 0;
  #newest = 0;

  constructor(urls: ObjectUrls) {
    this.#urls = urls;
  }

  /** Makes a preview in the next frame and hands it to `show`, unless a newer one or `clear` comes first. */
  async offer(
    { blob: read }: Pick<EditedImage, "blob">,
    index: number,
    show: (partial: EditPartial) => void,
  ): Promise<void> {
    this.#offered += 1;
    const number = this.#offered;
    // One that can not be read is missed by nobody: the picture itself is still to come.
    const blob = await read().catch(() => undefined);
    if (blob === undefined || number <= this.#newest) return;
    this.#newest = number;
    this.#frames.schedule(() => {
      const partial: EditPartial = { index, blob, url: this.#urls.create(blob) };
      // The one before stays alive until the next: the page may not have painted its successor yet.
      this.#shown.push(partial);
      while (this.#shown.length > 2) this.#urls.revoke(this.#shown.shift()?.url);
      show(partial);
    });
  }

  clear(): void {
    this.#newest = this.#offered;
    this.#frames.cancel();
    for (const { url } of this.#shown) this.#urls.revoke(url);
    this.#shown = [];
  }
}
