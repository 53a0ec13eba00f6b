import type { Random } from "../random.ts";
import type { Answer, ProcessWorld, SimProcess } from "./sim-process.ts";

/** The host of the images that a response names by URL. It bills nothing. */
export class ImageHost {
  readonly #world: ProcessWorld;
  readonly #random: Random;
  readonly #images = new Map<string, Buffer>();
  readonly #lost = new Set<string>();

  constructor(world: ProcessWorld, random: Random) {
    this.#world = world;
    this.#random = random;
  }

  /** Takes an image, and returns its URL. A few are never served. */
  add(name: string, image: Buffer): string {
    const path = `/${name}.png?signature=${this.#random.hex(8)}`;
    this.#images.set(path, image);
    if (this.#random.chance(0.1)) this.#lost.add(name);
    return `https://images.test${path}`;
  }

  /** Returns whether an image is never served. */
  hasLost(name: string): boolean {
    return this.#lost.has(name);
  }

  /** Responds to one request: with the image, slowly, in part, or not at all. */
  serve(path: string, { random }: SimProcess): Answer {
    const { trouble, slow } = this.#world.bank.climate;
    const delayMs = random.chance(0.1 * slow) ? random.between(20_000, 200_000) : random.between(20, 2_000);
    const image = this.#images.get(path);
    const dice = random.next() / trouble;
    const name = path.slice(1, path.indexOf(".png"));
    if (image === undefined || this.#lost.has(name))
      return answer(404, [Buffer.from("<html>gone</html>")], delayMs);
    if (dice < 0.1) return answer(random.pick([408, 429, 500, 503]), [Buffer.from("later")], delayMs);
    const half = random.below(image.length);
    const chunks = [image.subarray(0, half), image.subarray(half)].filter(({ length }) => length > 0);
    const served = answer(200, chunks, dice >= 0.2 && dice < 0.23 ? 1e9 : delayMs, image.length);
    const chunkMs = random.between(0, 4_000 * slow);
    return { ...served, chunkMs, cutAfter: dice < 0.2 ? random.below(chunks.length + 1) - 1 : undefined };
  }
}

function answer(status: number, chunks: readonly Buffer[], delayMs: number, length?: number): Answer {
  const headers = {
    "content-type": status === 200 ? "image/png" : "text/html",
    ...(length !== undefined && { "content-length": String(length) }),
  };
  return { status, headers, chunks, cutAfter: undefined, delayMs, chunkMs: 1, bill: undefined };
}
