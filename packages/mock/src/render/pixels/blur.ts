/** Blurs one plane of floats in place by three box passes, which comes close to a Gaussian of that radius. */
export function blurPlane(plane: Float32Array, width: number, height: number, radius: number): Float32Array {
  if (radius < 1) return plane;
  const scratch = new Float32Array(Math.max(width, height));
  for (let pass = 0; pass < 3; pass += 1) {
    for (let y = 0; y < height; y += 1) blurLine(plane, scratch, y * width, 1, width, radius);
    for (let x = 0; x < width; x += 1) blurLine(plane, scratch, x, width, height, radius);
  }
  return plane;
}

function blurLine(
  plane: Float32Array,
  scratch: Float32Array,
  start: number,
  step: number,
  length: number,
  radius: number,
): void {
  for (let index = 0; index < length; index += 1) scratch[index] = plane[start + index * step] as number;
  const at = (index: number) => scratch[Math.min(length - 1, Math.max(0, index))] as number;
  let sum = 0;
  for (let index = -radius; index <= radius; index += 1) sum += at(index);
  for (let index = 0; index < length; index += 1) {
    plane[start + index * step] = sum / (2 * radius + 1);
    sum += at(index + radius + 1) - at(index - radius);
  }
}
