import { isUpright } from "../input/measure-canvas.ts";

/** Where the pixels of a canvas are on its image. */
export interface CanvasGrid {
  /** Canvas pixels per image pixel. */
  readonly across: number;
  readonly down: number;
  /** Position of the first canvas pixel on the complete image, in canvas pixels. */
  readonly left: number;
  readonly top: number;
}

interface Part extends CanvasGrid {
  readonly right: number;
  readonly bottom: number;
  /** Size of the complete image in the same pixels. */
  readonly width: number;
  readonly height: number;
}

/** A canvas of more pixels shows only what is visible of its image: a larger one takes memory, and longer than a frame. */
const maxPixels = 8e6;

/**
 * Fits the pixels of a canvas to those of the screen, at any zoom and device-pixel ratio. When the complete image has too
 * many, the canvas has those of its visible part, and a margin: its padding places them, so that the element itself, and
 * with it the input, stays where the page has put it.
 */
export class CanvasFit {
  readonly #canvas: HTMLCanvasElement;
  readonly #image: { readonly width: number; readonly height: number };
  readonly #onFit: () => void;
  readonly #listening = new AbortController();
  readonly #resized: ResizeObserver;
  /** Reports what the browser shows of the canvas, whatever scrolls or clips it. */
  readonly #shown: IntersectionObserver;
  /** What moves a canvas without resizing it is the style of an ancestor, or a scroll. */
  readonly #moved: MutationObserver;
  #part: Part | undefined;
  #grid: CanvasGrid = { across: 1, down: 1, left: 0, top: 0 };
  #frame: number | undefined;
  #ratio = 0;

  /** @param onFit Called when the canvas is empty, or its grid has changed: everything has to be drawn. */
  constructor(
    canvas: HTMLCanvasElement,
    image: { readonly width: number; readonly height: number },
    onFit: () => void,
  ) {
    this.#canvas = canvas;
    this.#image = image;
    this.#onFit = onFit;
    const { signal } = this.#listening;
    this.#shown = new IntersectionObserver((entries) => {
      for (const entry of entries.slice(-1)) this.#fitPart(entry);
    });
    this.#moved = new MutationObserver(this.#later);
    this.#resized = new ResizeObserver(() => this.#fit());
    addEventListener("resize", this.#later, { signal });
    document.addEventListener("scroll", this.#later, { signal, capture: true, passive: true });
    this.#watchRatio();
  }

  /** Fits the canvas, and again whenever it or the screen changes. */
  start(): void {
    // Not the content box, which the padding changes.
    this.#resized.observe(this.#canvas, { box: "border-box" });
    this.#fit();
  }

  get grid(): CanvasGrid {
    return this.#grid;
  }

  /** Whether the padding of the canvas is not the page's. */
  readonly hasOwnPadding = (): boolean => this.#part !== undefined;

  stop(): void {
    if (this.#frame !== undefined) cancelAnimationFrame(this.#frame);
    this.#listening.abort();
    for (const observer of [this.#resized, this.#shown, this.#moved]) observer.disconnect();
    this.#place(undefined);
  }

  /** A query names one ratio: each change needs the next. */
  #watchRatio(): void {
    const { signal } = this.#listening;
    const change = (): void => {
      this.#later();
      this.#watchRatio();
    };
    const query = matchMedia(`(resolution: ${devicePixelRatio}dppx)`);
    query.addEventListener("change", change, { signal, once: true });
  }

  /** Fits the canvas again, in the next frame, if something may have moved it. */
  readonly #later = (): void => {
    this.#frame ??= requestAnimationFrame(() => {
      this.#frame = undefined;
      if (this.#part !== undefined || this.#ratio !== devicePixelRatio) this.#fit();
    });
  };

  #fit(): void {
    this.#ratio = devicePixelRatio;
    // The padding of a larger image would keep a smaller box from shrinking.
    if (this.#part !== undefined) this.#canvas.style.padding = "0px";
    const shown = this.#canvas.getBoundingClientRect();
    const pixels = shown.width * shown.height * devicePixelRatio ** 2;
    if (pixels <= maxPixels || !canPlace(this.#canvas, this.#part !== undefined)) {
      this.#fitComplete(shown);
      return;
    }
    // Until the browser has reported, the pixels stay where they are on the image.
    this.#place(this.#part);
    this.#moved.disconnect();
    for (
      let at: Node | null = this.#canvas;
      at !== null;
      at = at.parentNode ?? (at as ShadowRoot).host ?? null
    )
      if (at !== this.#canvas && at instanceof Element)
        this.#moved.observe(at, { attributes: true, attributeFilter: ["style", "class"] });
    // Observed anew, a target is always reported.
    this.#shown.unobserve(this.#canvas);
    this.#shown.observe(this.#canvas);
  }

  #fitComplete(shown: DOMRect): void {
    const width = Math.max(1, this.#image.width); // 0 until the image is known
    const height = Math.max(1, this.#image.height);
    this.#shown.disconnect();
    this.#moved.disconnect();
    this.#place(undefined);
    const most = Math.max(1, Math.sqrt(maxPixels / (width * height)));
    const scale = Math.min(most, (Math.max(shown.width, 1) * devicePixelRatio) / width);
    const across = Math.max(1, Math.round(width * scale));
    const down = Math.max(1, Math.round(height * scale));
    this.#grid = { across: across / width, down: down / height, left: 0, top: 0 };
    this.#resize(across, down);
  }

  #fitPart({ boundingClientRect: shown, intersectionRect: seen }: IntersectionObserverEntry): void {
    if (seen.width === 0 || seen.height === 0) return; // scrolled away: nothing to see
    const ratio = devicePixelRatio;
    const [width, height] = [shown.width * ratio, shown.height * ratio];
    const visible = {
      left: (seen.left - shown.left) * ratio,
      top: (seen.top - shown.top) * ratio,
      right: (seen.right - shown.left) * ratio,
      bottom: (seen.bottom - shown.top) * ratio,
    };
    const before = this.#part;
    const [x, y] = [shown.left * ratio, shown.top * ratio];
    if (
      before !== undefined &&
      Math.max(Math.abs(before.width - width), Math.abs(before.height - height)) < 0.01 &&
      isPixel(before.left + x) &&
      isPixel(before.top + y) &&
      Math.max(before.left - visible.left, before.top - visible.top) < 1 &&
      Math.max(visible.right - before.right, visible.bottom - before.bottom) < 1
    )
      return;
    // A short pan shows the margin, and draws nothing.
    const size = { width: visible.right - visible.left, height: visible.bottom - visible.top };
    const margin = size.width * size.height * 1.5 ** 2 <= maxPixels ? 0.25 : 0;
    // From one pixel of the screen to another: canvas pixels are those of the screen.
    const left = Math.ceil(Math.max(0, visible.left - margin * size.width) + x - 0.01) - x;
    const top = Math.ceil(Math.max(0, visible.top - margin * size.height) + y - 0.01) - y;
    const right = Math.floor(Math.min(width, visible.right + margin * size.width) + x + 0.01) - x;
    const bottom = Math.floor(Math.min(height, visible.bottom + margin * size.height) + y + 0.01) - y;
    if (right <= left || bottom <= top) return;
    this.#grid = { across: width / this.#image.width, down: height / this.#image.height, left, top };
    this.#place({ ...this.#grid, right, bottom, width, height });
    this.#resize(Math.round(right - left), Math.round(bottom - top));
  }

  /** Shows the pixels of the canvas on a part of the image, or on all of it. */
  #place(part: Part | undefined): void {
    const { style } = this.#canvas;
    if (part === undefined && this.#part === undefined) return;
    this.#part = part;
    if (part === undefined) {
      for (const name of ["padding", "box-sizing", "aspect-ratio"]) style.removeProperty(name);
      return;
    }
    style.boxSizing = "border-box";
    style.aspectRatio = `${this.#image.width} / ${this.#image.height}`;
    const own = getComputedStyle(this.#canvas);
    const [width, height] = [Number.parseFloat(own.width), Number.parseFloat(own.height)];
    const sides = [
      (part.top / part.height) * height,
      (1 - part.right / part.width) * width,
      (1 - part.bottom / part.height) * height,
      (part.left / part.width) * width,
    ];
    style.padding = sides.map((side) => `${Math.max(0, side)}px`).join(" ");
  }

  #resize(width: number, height: number): void {
    if (this.#canvas.width !== width || this.#canvas.height !== height)
      Object.assign(this.#canvas, { width, height });
    this.#onFit();
  }
}

/** Returns whether padding can place the pixels of a canvas: its box is upright, and nothing else is in it. */
function canPlace(canvas: HTMLCanvasElement, hasOwnPadding: boolean): boolean {
  const own = getComputedStyle(canvas);
  const sides = ["top", "right", "bottom", "left"];
  const names = sides.flatMap((side) => [
    `border-${side}-width`,
    ...(hasOwnPadding ? [] : [`padding-${side}`]),
  ]);
  const isPlain = names.every((name) => (Number.parseFloat(own.getPropertyValue(name)) || 0) === 0);
  return isPlain && own.objectFit === "fill" && isUpright(canvas);
}

const isPixel = (position: number): boolean => Math.abs(position - Math.round(position)) < 0.02;
