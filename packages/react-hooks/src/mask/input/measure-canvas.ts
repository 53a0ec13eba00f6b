/** Position on a canvas: from 0 to 1 across and down its content box, before any transform of the page. */
export interface CanvasPoint {
  readonly x: number;
  readonly y: number;
}

/**
 * Measures a canvas as it is laid out now. Returns a function that maps a pointer event to a position on the canvas.
 * Handles scale, zoom, rotation, mirroring, skew, border and padding, but not perspective.
 */
export function measureCanvas(canvas: HTMLCanvasElement): (at: MouseEvent) => CanvasPoint {
  const shown = canvas.getBoundingClientRect();
  const own = getComputedStyle(canvas);
  const width = canvas.offsetWidth || shown.width;
  const height = canvas.offsetHeight || shown.height;
  const { a, b, c, d } = transformOf(canvas);
  // What no transform contains (CSS zoom, rounding) shows in the size of the bounding box.
  const across = shown.width / (Math.abs(a) * width + Math.abs(c) * height);
  const down = shown.height / (Math.abs(b) * width + Math.abs(d) * height);
  const area = a * d - b * c;
  const frame = (side: string): number =>
    [`border-${side}-width`, `padding-${side}`]
      .map((name) => Number.parseFloat(own.getPropertyValue(name)) || 0)
      .reduce((sum, length) => sum + length);
  const left = frame("left");
  const top = frame("top");
  const innerWidth = width - left - frame("right");
  const innerHeight = height - top - frame("bottom");
  return ({ clientX, clientY }) => {
    // The center of an element stays the center of its bounding box.
    const x = (clientX - shown.left - shown.width / 2) / across;
    const y = (clientY - shown.top - shown.height / 2) / down;
    return {
      x: ((d * x - c * y) / area + width / 2 - left) / innerWidth,
      y: ((a * y - b * x) / area + height / 2 - top) / innerHeight,
    };
  };
}

/** Returns the combined transform of an element and its ancestors. */
function transformOf(element: Element): Pick<DOMMatrix, "a" | "b" | "c" | "d"> {
  let matrix: DOMMatrix | undefined;
  for (let at: Element | null = element; at; at = parentOf(at)) {
    const { rotate = "none", scale = "none", transform } = getComputedStyle(at);
    const steps = [
      /^\S+deg$/.test(rotate) && `rotate(${rotate})`,
      scale !== "none" && `scale(${scale.split(" ").slice(0, 2)})`,
      transform !== "none" && transform,
    ].filter(Boolean);
    if (steps.length > 0) matrix = new DOMMatrix(steps.join(" ")).multiply(matrix);
  }
  return matrix && matrix.a * matrix.d !== matrix.b * matrix.c ? matrix : { a: 1, b: 0, c: 0, d: 1 };
}

function parentOf(element: Element): Element | null {
  return element.assignedSlot ?? element.parentElement ?? (element.getRootNode() as ShadowRoot).host ?? null;
}
