/** Is a place on a canvas: from 0 to 1 across and down its own pixels, whatever the page does to them. */
export interface Place {
  readonly x: number;
  readonly y: number;
}

/**
 * Measures a canvas as it is shown at this moment, and gives what turns a pointer's position into a place on it: scaled,
 * zoomed, turned, mirrored, slanted, and within its border and padding. Perspective is not followed.
 */
export function measureCanvas(canvas: HTMLCanvasElement): (at: MouseEvent) => Place {
  const shown = canvas.getBoundingClientRect();
  const own = getComputedStyle(canvas);
  const width = canvas.offsetWidth || shown.width;
  const height = canvas.offsetHeight || shown.height;
  const { a, b, c, d } = shapeOf(canvas);
  // What no transform tells (CSS zoom, rounding) shows in the size of the box around it.
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
    // The middle of a box stays the middle of the box around it.
    const x = (clientX - shown.left - shown.width / 2) / across;
    const y = (clientY - shown.top - shown.height / 2) / down;
    return {
      x: ((d * x - c * y) / area + width / 2 - left) / innerWidth,
      y: ((a * y - b * x) / area + height / 2 - top) / innerHeight,
    };
  };
}

/** Gives how an element and all around it are turned, scaled and slanted. */
function shapeOf(element: Element): Pick<DOMMatrix, "a" | "b" | "c" | "d"> {
  let shape: DOMMatrix | undefined;
  for (let at: Element | null = element; at; at = parentOf(at)) {
    const { rotate = "none", scale = "none", transform } = getComputedStyle(at);
    const steps = [
      /^\S+deg$/.test(rotate) && `rotate(${rotate})`,
      scale !== "none" && `scale(${scale.split(" ").slice(0, 2)})`,
      transform !== "none" && transform,
    ].filter(Boolean);
    if (steps.length > 0) shape = new DOMMatrix(steps.join(" ")).multiply(shape);
  }
  return shape && shape.a * shape.d !== shape.b * shape.c ? shape : { a: 1, b: 0, c: 0, d: 1 };
}

function parentOf(element: Element): Element | null {
  return element.assignedSlot ?? element.parentElement ?? (element.getRootNode() as ShadowRoot).host ?? null;
}
