import type { Viewport } from "./viewport.ts";

interface Point {
  readonly x: number;
  readonly y: number;
}

const keyFactor = 1.25;
const keyStepPx = 60;
const arrows: Readonly<Record<string, readonly [x: number, y: number]>> = {
  ArrowLeft: [1, 0],
  ArrowRight: [-1, 0],
  ArrowUp: [0, 1],
  ArrowDown: [0, -1],
};

/**
 * Input on a frame: the wheel, dragging with Space held or with the middle button, two fingers, and the keys + - 0 and the
 * arrows. It listens before the canvas inside, and takes only what belongs to the viewport.
 */
export class ViewportInput {
  readonly #frame: HTMLElement;
  readonly #viewport: Viewport;
  readonly #listening = new AbortController();
  readonly #resized: ResizeObserver;
  /** Fingers on the frame, by pointer id. */
  readonly #fingers = new Map<number, Point>();
  #drag: { readonly pointerId: number; readonly at: Point } | undefined;
  #isPinching = false;
  #isHovered = false;
  #hasSpace = false;

  constructor(frame: HTMLElement, viewport: Viewport) {
    this.#frame = frame;
    this.#viewport = viewport;
    const { signal } = this.#listening;
    const before = { signal, capture: true };
    frame.addEventListener("wheel", this.#wheel, { signal, passive: false });
    frame.addEventListener("pointerdown", this.#down, before);
    frame.addEventListener("pointermove", this.#move, before);
    frame.addEventListener("pointerup", this.#up, before);
    frame.addEventListener("pointercancel", this.#up, before);
    frame.addEventListener("pointerenter", () => this.#hover(true), { signal });
    frame.addEventListener("pointerleave", () => this.#hover(false), { signal });
    frame.addEventListener("keydown", this.#space, before);
    frame.addEventListener("keydown", this.#key, { signal });
    addEventListener("keyup", this.#release, { signal });
    addEventListener("blur", this.#release, { signal });
    this.#resized = new ResizeObserver(() => viewport.resize(frame.clientWidth, frame.clientHeight));
    this.#resized.observe(frame);
    viewport.resize(frame.clientWidth, frame.clientHeight);
  }

  stop(): void {
    this.#listening.abort();
    this.#resized.disconnect();
  }

  #hover(isHovered: boolean): void {
    this.#isHovered = isHovered;
  }

  #pointOf({ clientX, clientY }: MouseEvent): Point {
    const { left, top } = this.#frame.getBoundingClientRect();
    return { x: clientX - left - this.#frame.clientLeft, y: clientY - top - this.#frame.clientTop };
  }

  readonly #wheel = (event: WheelEvent): void => {
    event.preventDefault();
    const unit = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 16 : 1;
    if (event.shiftKey) {
      this.#viewport.panBy(-(event.deltaX || event.deltaY) * unit, 0);
      return;
    }
    // A pinch on a touchpad arrives as a wheel with Ctrl, in smaller steps.
    const speed = event.ctrlKey ? 0.01 : 0.002;
    this.#viewport.zoomBy(Math.exp(-event.deltaY * unit * speed), this.#pointOf(event));
  };

  readonly #down = (event: PointerEvent): void => {
    const at = this.#pointOf(event);
    if (event.pointerType === "touch") {
      this.#fingers.set(event.pointerId, at);
      // Not stopped: the canvas drops the stroke of the first finger when it sees the second.
      if (this.#fingers.size > 1) this.#isPinching = true;
      return;
    }
    if (!this.#hasSpace && event.button !== 1) return;
    take(event);
    this.#drag = { pointerId: event.pointerId, at };
  };

  readonly #move = (event: PointerEvent): void => {
    const at = this.#pointOf(event);
    if (this.#drag?.pointerId === event.pointerId) {
      take(event);
      this.#viewport.panBy(at.x - this.#drag.at.x, at.y - this.#drag.at.y);
      this.#drag = { ...this.#drag, at };
      return;
    }
    if (!this.#fingers.has(event.pointerId)) return;
    const before = pinchOf(this.#fingers);
    this.#fingers.set(event.pointerId, at);
    const after = pinchOf(this.#fingers);
    if (!this.#isPinching) return;
    take(event);
    if (before === undefined || after === undefined) return;
    this.#viewport.panBy(after.x - before.x, after.y - before.y);
    if (before.spread > 0) this.#viewport.zoomBy(after.spread / before.spread, after);
  };

  readonly #up = (event: PointerEvent): void => {
    this.#fingers.delete(event.pointerId);
    if (this.#drag?.pointerId === event.pointerId) {
      take(event);
      this.#drag = undefined;
    }
    // The last finger of a gesture paints nothing either: it has to be lifted first.
    if (this.#fingers.size === 0) this.#isPinching = false;
  };

  /** Space with the pointer over the frame starts a drag; otherwise it is a key of the mask painter. */
  readonly #space = (event: KeyboardEvent): void => {
    if (event.key !== " " || !this.#isHovered) return;
    this.#hasSpace = true;
    take(event);
  };

  readonly #release = (event: Event): void => {
    if (event.type === "blur" || (event as KeyboardEvent).key === " ") this.#hasSpace = false;
  };

  readonly #key = (event: KeyboardEvent): void => {
    const { key, ctrlKey, metaKey, altKey } = event;
    if (event.defaultPrevented || ctrlKey || metaKey || altKey || isText(event.target)) return;
    const arrow = arrows[key];
    if (key === "+" || key === "=") this.#viewport.zoomBy(keyFactor);
    else if (key === "-") this.#viewport.zoomBy(1 / keyFactor);
    else if (key === "0") this.#viewport.fit();
    else if (arrow !== undefined) this.#viewport.panBy(arrow[0] * keyStepPx, arrow[1] * keyStepPx);
    else return;
    event.preventDefault();
  };
}

/** Keeps an event from the canvas inside, and from the browser. */
function take(event: Event): void {
  event.preventDefault();
  event.stopPropagation();
}

/** Returns the center and the distance of the first two fingers. */
function pinchOf(fingers: ReadonlyMap<number, Point>): (Point & { readonly spread: number }) | undefined {
  const [a, b] = [...fingers.values()];
  if (a === undefined || b === undefined) return undefined;
  return { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2, spread: Math.hypot(a.x - b.x, a.y - b.y) };
}

function isText(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.matches("input, textarea, select, [contenteditable]");
}
