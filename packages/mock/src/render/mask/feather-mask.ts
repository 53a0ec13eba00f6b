/**
 * Weights the pixels of holes by their distance to the edge, so that an edit fades into its surroundings from the inside.
 * The outermost pixel already has a third of the weight: a hole of one pixel is still visible.
 *
 * @returns 0 outside, up to 1 inside.
 */
export function featherMask(holes: Uint8Array, width: number, height: number): Float32Array {
  const feather = Math.max(4, Math.round(Math.min(width, height) / 90));
  const far = 3 * (feather + 1);
  // Chamfer distance: 3 for a step, 4 for a diagonal one. The border of the image is not an edge.
  const distance = new Uint16Array(holes.length);
  const step = (index: number, x: number, y: number, back: 1 | -1) => {
    if (holes[index] === 0) return;
    let nearest = back === 1 ? far : (distance[index] as number);
    const beside = x - back >= 0 && x - back < width;
    const above = y - back >= 0 && y - back < height;
    if (beside) nearest = Math.min(nearest, (distance[index - back] as number) + 3);
    if (above) {
      const row = index - back * width;
      nearest = Math.min(nearest, (distance[row] as number) + 3);
      if (x > 0) nearest = Math.min(nearest, (distance[row - 1] as number) + 4);
      if (x < width - 1) nearest = Math.min(nearest, (distance[row + 1] as number) + 4);
    }
    distance[index] = nearest;
  };
  for (let y = 0, index = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1, index += 1) step(index, x, y, 1);
  }
  for (let y = height - 1, index = holes.length - 1; y >= 0; y -= 1) {
    for (let x = width - 1; x >= 0; x -= 1, index -= 1) step(index, x, y, -1);
  }
  return Float32Array.from(distance, (value) => {
    if (value === 0) return 0;
    const depth = Math.min(1, value / far);
    return 0.33 + 0.67 * depth * depth * (3 - 2 * depth);
  });
}
