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
  const [a, b, c, d] = shapeOf(canvas);
  // What no transform tells (CSS zoom, rounding) shows in the size of the box around it.
  const across = shown.width / (Math.abs(a) * width + Math.abs(c) * height);
  const down = shown.height / (Math.abs(b) * width + Math.abs(d) * height);
  const area = a * d - b * c;
  const frame = (...names: readonly string[]): number =>
    names.reduce((sum, name) => sum + (Number.parseFloat(own.getPropertyValue(name)) || 0), 0);
  const left = frame("border-left-width", "padding-left");
  const top = frame("border-top-width", "padding-top");
  const innerWidth = width - left - frame("border-right-width", "padding-right");
  const innerHeight = height - top - frame("border-bottom-width", "padding-bottom");
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

/** Is a transform without its shift, as CSS writes it: `x' = ax + cy`, `y' = bx + dy`. */
type Shape = readonly [a: number, b: number, c: number, d: number];

const upright: Shape = [1, 0, 0, 1];

/** Gives how an element and all around it are turned, scaled and slanted. */
function shapeOf(element: Element): Shape {
  let shape = upright;
  for (let at: Element | null = element; at !== null; at = parentOf(at)) {
    const { rotate, scale, transform } = getComputedStyle(at);
    shape = multiply(multiply(turned(rotate), multiply(scaled(scale), read(transform))), shape);
  }
  return shape[0] * shape[3] === shape[1] * shape[2] ? upright : shape;
}

function parentOf(element: Element): Element | null {
  const root = element.getRootNode();
  return element.assignedSlot ?? element.parentElement ?? (root instanceof ShadowRoot ? root.host : null);
}

function multiply([a, b, c, d]: Shape, [e, f, g, h]: Shape): Shape {
  return [a * e + c * f, b * e + d * f, a * g + c * h, b * g + d * h];
}

/** Reads a computed `transform`: `matrix(a, b, c, d, x, y)`, or the sixteen numbers of `matrix3d`. */
function read(transform: string | undefined): Shape {
  const numbers = numbersOf(transform);
  const [a = 1, b = 0, third = 0, fourth = 1, fifth = 0, sixth = 1] = numbers;
  return numbers.length === 16 ? [a, b, fifth, sixth] : [a, b, third, fourth];
}

function turned(rotate: string | undefined): Shape {
  const [degrees, ...axis] = numbersOf(rotate);
  if (degrees === undefined || axis.length > 0 || /[xy]/.test(rotate ?? "")) return upright;
  const angle = (degrees * Math.PI) / 180;
  return [Math.cos(angle), Math.sin(angle), -Math.sin(angle), Math.cos(angle)];
}

function scaled(scale: string | undefined): Shape {
  const [x = 1, y = x] = numbersOf(scale);
  return [x, 0, 0, y];
}

function numbersOf(value: string | undefined): readonly number[] {
  return (value?.replace("3d", "").match(/-?[\d.]+(?:e[-+]?\d+)?/g) ?? []).map(Number);
}
