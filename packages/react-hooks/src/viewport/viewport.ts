/** What a frame shows of an image. */
export interface ViewportState {
  /** CSS pixels per image pixel; 0 until the frame is measured. */
  readonly scale: number;
  /** Position of the image's upper left corner in the frame, in CSS pixels. */
  readonly x: number;
  readonly y: number;
  /** Whether the complete image is shown, also after the frame changes its size. */
  readonly isFitted: boolean;
}

interface Point {
  readonly x: number;
  readonly y: number;
}

/** The largest scale: a pixel of the image is as large as a fingertip. */
const maxScale = 32;

/** Zoom and position of an image in a frame, and the arithmetic of changing them. Does not depend on a page. */
export class Viewport {
  #image: { readonly width: number; readonly height: number };
  #frame = { width: 0, height: 0 };
  #state: ViewportState = { scale: 0, x: 0, y: 0, isFitted: true };
  readonly #listeners = new Set<() => void>();

  constructor(image: { readonly width: number; readonly height: number }) {
    this.#image = image;
  }

  /** Calls `listener` after every change. Returns the function that unsubscribes it. */
  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  readonly getSnapshot = (): ViewportState => this.#state;

  get image(): { readonly width: number; readonly height: number } {
    return this.#image;
  }

  /** Sets the size of the frame. A fitted image stays fitted; another one keeps its scale. */
  resize(width: number, height: number): void {
    this.#frame = { width, height };
    if (this.#state.isFitted) this.fit();
    else this.#set(this.#state);
  }

  /** Shows the complete image, centered. */
  readonly fit = (): void => {
    const scale = this.#fittedScale();
    this.#set({ scale, x: 0, y: 0, isFitted: true });
  };

  /** Multiplies the scale, and keeps what is below `at` where it is; the center by default. */
  readonly zoomBy = (factor: number, at: Point = this.#center()): void => {
    const { scale, x, y } = this.#state;
    if (scale === 0) return;
    const least = Math.min(this.#fittedScale(), 1) / 2;
    const next = Math.min(maxScale, Math.max(least, scale * factor));
    const ratio = next / scale;
    this.#set({ scale: next, x: at.x - (at.x - x) * ratio, y: at.y - (at.y - y) * ratio, isFitted: false });
  };

  readonly panBy = (dx: number, dy: number): void => {
    const { scale, x, y } = this.#state;
    this.#set({ scale, x: x + dx, y: y + dy, isFitted: false });
  };

  #center(): Point {
    return { x: this.#frame.width / 2, y: this.#frame.height / 2 };
  }

  #fittedScale(): number {
    const { width, height } = this.#image;
    return Math.min(this.#frame.width / width, this.#frame.height / height) || 0;
  }

  /** Centers an image that is smaller than its frame, and lets no gap open beside a larger one. */
  #set({ scale, x, y, isFitted }: ViewportState): void {
    const within = (at: number, length: number, frame: number): number =>
      length <= frame ? (frame - length) / 2 : Math.min(0, Math.max(frame - length, at));
    const next = {
      scale,
      x: within(x, this.#image.width * scale, this.#frame.width),
      y: within(y, this.#image.height * scale, this.#frame.height),
      isFitted,
    };
    const isSame = (Object.keys(next) as (keyof ViewportState)[]).every(
      (key) => next[key] === this.#state[key],
    );
    if (isSame) return;
    this.#state = next;
    for (const listener of this.#listeners) listener();
  }
}
