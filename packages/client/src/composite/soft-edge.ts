import { eachRow, type MaskPlane, type Pause, type PixelBox } from "./pixels.ts";

/** Distance to a horizontal or vertical neighbor, and to a diagonal one: a chamfer of 3 and 4. */
const [straight, diagonal] = [3, 4];
const farthest = 0xffff;

/**
 * Returns the share of the edit in each pixel of `box`, 0 to 255: 0 outside the mask, rising inside over `featherPx`
 * pixels from its edge. The border of the image is not an edge.
 */
export async function softEdge(
  { width, height, alpha }: MaskPlane,
  box: PixelBox,
  { featherPx, usualPx }: { featherPx: number | undefined; usualPx: number },
  pause: Pause | undefined,
): Promise<Uint8Array> {
  // One cell more on each side: kept within the image, far away beyond it.
  const stride = box.width + 2;
  const rows = box.height + 2;
  const distances = new Uint16Array(stride * rows).fill(farthest);
  const fill = (row: number) => {
    const y = box.y + row - 1;
    if (y < 0 || y >= height) return;
    for (let cell = 0, x = box.x - 1; cell < stride; cell += 1, x += 1)
      if (x >= 0 && x < width && alpha[y * width + x] !== 0) distances[row * stride + cell] = 0;
  };
  await eachRow(0, rows, stride, fill, pause);
  const relax = (at: number, next: number, cost: number) => {
    const reached = (distances[next] ?? farthest) + cost;
    if (reached < (distances[at] ?? 0)) distances[at] = reached;
  };
  await eachRow(
    1,
    rows,
    stride,
    (row) => {
      for (let at = row * stride + 1; at < (row + 1) * stride - 1; at += 1) {
        relax(at, at - 1, straight);
        relax(at, at - stride, straight);
        relax(at, at - stride - 1, diagonal);
        relax(at, at - stride + 1, diagonal);
      }
    },
    pause,
  );
  let deepest = 0;
  const back = (up: number) => {
    const row = rows - 2 - up;
    for (let at = (row + 1) * stride - 2; at > row * stride; at -= 1) {
      relax(at, at + 1, straight);
      relax(at, at + stride, straight);
      relax(at, at + stride + 1, diagonal);
      relax(at, at + stride - 1, diagonal);
      deepest = Math.max(deepest, distances[at] ?? 0);
    }
  };
  await eachRow(0, rows - 2, stride, back, pause);
  // At most half of the deepest place: a thin stroke still shows the edit.
  const feather = Math.max(0, featherPx ?? Math.min(usualPx, deepest / straight / 2));
  const complete = straight * (feather + 1);
  const shares = new Uint8Array(box.width * box.height);
  const share = (y: number) => {
    for (let x = 0; x < box.width; x += 1) {
      const distance = distances[(y + 1) * stride + x + 1] ?? 0;
      shares[y * box.width + x] = Math.min(255, Math.round((255 * distance) / complete));
    }
  };
  await eachRow(0, box.height, box.width, share, pause);
  return shares;
}
