/** Position on a canvas: from 0 to 1 across and down what it shows, before any transform of the page. */
export interface CanvasPoint {
  readonly x: number;
  readonly y: number;
}

/**
 * Measures a canvas as it is laid out now. Returns a function that maps a pointer event to a position on the canvas.
 * Handles scale, zoom, rotation, mirroring, skew, border, padding, `object-fit` and `object-position`, but not perspective.
 *
 * @param hasOwnPadding Whether the padding is the view's: it shows a part of the image, and all of the box is the image.
 */
export function measureCanvas(
  canvas: HTMLCanvasElement,
  hasOwnPadding = false,
): (at: MouseEvent) => CanvasPoint {
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
    [`border-${side}-width`, ...(hasOwnPadding ? [] : [`padding-${side}`])]
      .map((name) => Number.parseFloat(own.getPropertyValue(name)) || 0)
      .reduce((sum, length) => sum + length);
  const left = frame("left");
  const top = frame("top");
  const inner = { width: width - left - frame("right"), height: height - top - frame("bottom") };
  const content = contentOf(canvas, own, inner);
  return ({ clientX, clientY }) => {
    // The center of an element stays the center of its bounding box.
    const x = (clientX - shown.left - shown.width / 2) / across;
    const y = (clientY - shown.top - shown.height / 2) / down;
    return {
      x: ((d * x - c * y) / area + width / 2 - left - content.x) / content.width,
      y: ((a * y - b * x) / area + height / 2 - top - content.y) / content.height,
    };
  };
}

/** Returns where a canvas shows its pixels within its content box. See https://www.w3.org/TR/css-images-3/#the-object-fit */
function contentOf(
  canvas: HTMLCanvasElement,
  { objectFit, objectPosition }: CSSStyleDeclaration,
  inner: { readonly width: number; readonly height: number },
): { readonly x: number; readonly y: number; readonly width: number; readonly height: number } {
  const contain = Math.min(inner.width / canvas.width, inner.height / canvas.height);
  const cover = Math.max(inner.width / canvas.width, inner.height / canvas.height);
  const scale = { contain, cover, none: 1, "scale-down": Math.min(1, contain) }[objectFit];
  if (scale === undefined) return { x: 0, y: 0, ...inner };
  const [width, height] = [canvas.width * scale, canvas.height * scale];
  const [across = "50%", down = "50%"] = objectPosition.match(/calc\([^)]*\)|\S+/g) ?? [];
  return {
    x: lengthOf(across, inner.width - width),
    y: lengthOf(down, inner.height - height),
    width,
    height,
  };
}

/** Evaluates a computed position: `25%`, `10px` or `calc(100% - 10px)`. */
function lengthOf(position: string, free: number): number {
  let length = 0;
  for (const [, sign, number, unit] of position.matchAll(/([+-]?)\s*(\d*\.?\d+)(%|px)/g)) {
    const value = Number(number) * (sign === "-" ? -1 : 1);
    length += unit === "%" ? (value * free) / 100 : value;
  }
  return length;
}

/** Returns whether an element is shown without rotation, mirroring or skew. */
export function isUpright(element: Element): boolean {
  const { a, b, c, d } = transformOf(element);
  return a > 0 && d > 0 && b === 0 && c === 0;
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
