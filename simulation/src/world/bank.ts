import type { Random } from "../random.ts";
import { createImage } from "./image.ts";
import type { Answer, Bill, ProcessWorld, SimProcess, Weather } from "./sim-process.ts";
import type { TaskDesk } from "./task-desk.ts";

/** How often something goes wrong; a seed has a calm or a rough network. */
export interface Climate {
  readonly trouble: number;
  readonly slow: number;
  /** How often a response has URLs instead of images; never, if absent. */
  readonly urls?: number;
  /** What a 429 asks to wait. */
  readonly retryAfterS?: number;
}

/** The server: it bills every complete form that it accepts, whatever becomes of the response. */
export class Bank {
  readonly bills: Bill[] = [];
  climate: Climate = { trouble: 1, slow: 1 };
  /** What makes a task of each edit; absent at a server that responds with images. */
  tasks: TaskDesk | undefined;
  /** Called with every bill before it counts. */
  onBill: ((bill: Bill) => void) | undefined;
  /** Called with every 429, with the time until it arrives. */
  onLimit: ((process: SimProcess, delayMs: number, retryAfterMs: number) => void) | undefined;
  readonly #world: ProcessWorld;

  constructor(world: ProcessWorld) {
    this.#world = world;
  }

  forecast({ random }: SimProcess): Weather {
    const { trouble } = this.climate;
    return {
      isRefused: random.chance(0.03 * trouble),
      cutAt: random.chance(0.05 * trouble) ? random.next() : undefined,
      isLost: random.chance(0.03 * trouble),
    };
  }

  /** Takes a complete form. */
  receive(form: Buffer, process: SimProcess): Answer {
    const { random } = process;
    const { trouble, slow } = this.climate;
    const prompt = fieldOf(form, "prompt") ?? "";
    const count = Number(fieldOf(form, "n") ?? 1);
    const delayMs = random.chance(0.15 * slow)
      ? random.between(20_000, 150_000)
      : random.between(500, 15_000);
    const dice = random.next() / trouble;
    if (dice < 0.06) return this.#refuse(429, prompt, process, delayMs / 10);
    if (dice < 0.09) return this.#refuse(400, prompt, process, delayMs / 10);
    if (dice < 0.1) return this.#refuse(401, prompt, process, delayMs / 10);
    const isStream = fieldOf(form, "stream") === "true";
    const bill = this.#bill(prompt, `${prompt} x${count}${isStream ? ", streamed" : ""}`, count, process);
    if (dice < 0.18) {
      const status = random.pick([500, 502, 503, 504]);
      this.#log(process, `bill ${bill.number}: ${prompt}; responds with ${status}`);
      return { ...answer(status, "<html>later</html>", "text/html"), delayMs, bill };
    }
    if (this.tasks) return this.tasks.accept(bill, delayMs / 10);
    const { urls = 0 } = this.climate;
    const hasUrls = !isStream && urls > 0 && random.chance(urls);
    const data = bill.images.map((image, index) =>
      hasUrls
        ? { url: this.#world.images.add(`${bill.number}.${index}`, image) }
        : { b64_json: image.toString("base64") },
    );
    const chunks = isStream
      ? [...data, undefined].map((image) => Buffer.from(eventOf(image)))
      : split(Buffer.from(JSON.stringify({ created: 1, data })), random);
    const isCut = dice < 0.26;
    const cutAfter = isCut ? random.below(chunks.length + 1) - 1 : undefined;
    const isEndless = dice >= 0.26 && dice < 0.28;
    const what = hasUrls ? "its response, with URLs," : "its response";
    const how = isCut ? `is cut after ${cutAfter} chunks` : isEndless ? "never comes" : "comes";
    this.#log(process, `bill ${bill.number}: ${prompt}; ${what} ${how}`);
    const ok = answer(200, "", isStream ? "text/event-stream" : "application/json");
    const waitMs = isEndless ? 1e9 : delayMs;
    return { ...ok, chunks, cutAfter, delayMs: waitMs, chunkMs: random.between(0, 4_000 * slow), bill };
  }

  /** Says what a task does. */
  poll(path: string, process: SimProcess): Answer {
    if (this.tasks) return this.tasks.poll(path, process);
    throw new Error(`This bank has no tasks: ${path}.`);
  }

  #bill(prompt: string, request: string, count: number, process: SimProcess): Bill {
    const number = this.bills.length + 1;
    const images = Array.from({ length: count }, (_, index) => createImage(`${number}.${index}`));
    const atMs = this.#world.timeline.nowMs;
    const bill = { number, prompt, request, process, atMs, images, arrivedAtMs: undefined };
    this.onBill?.(bill);
    this.bills.push(bill);
    process.wasBilled();
    return bill;
  }

  #refuse(status: number, prompt: string, process: SimProcess, delayMs: number): Answer {
    this.#log(process, `bills nothing for ${prompt}: responds with ${status}`);
    const code =
      status === 429 ? "rate_limit_exceeded" : status === 400 ? "moderation_blocked" : "invalid_api_key";
    const refused = answer(
      status,
      JSON.stringify({ error: { code, message: "No.", type: "x" } }),
      "application/json",
    );
    if (status !== 429) return { ...refused, delayMs };
    const { retryAfterS = 2 } = this.climate;
    this.onLimit?.(process, delayMs, 1000 * retryAfterS);
    return { ...refused, headers: { ...refused.headers, "retry-after": String(retryAfterS) }, delayMs };
  }

  #log(process: SimProcess, what: string): void {
    this.#world.log(process, `bank ${what}`);
  }
}

function answer(status: number, body: string, mediaType: string): Answer {
  const headers = { "content-type": mediaType };
  const chunks = [Buffer.from(body)];
  return { status, headers, chunks, cutAfter: undefined, delayMs: 0, chunkMs: 1, bill: undefined };
}

/** Returns an event of a stream, whose last one has no image. */
function eventOf(image: object | undefined): string {
  const data = image && JSON.stringify({ type: "image_edit.completed", ...image });
  return `data: ${data ?? "[DONE]"}\n\n`;
}

function split(body: Buffer, random: Random): Buffer[] {
  const at = Array.from({ length: random.below(4) }, () => random.below(body.length)).sort((a, b) => a - b);
  const ends = [...at, body.length];
  return ends
    .map((end, index) => body.subarray(ends[index - 1] ?? 0, end))
    .filter(({ length }) => length > 0);
}

function fieldOf(form: Buffer, name: string): string | undefined {
  return new RegExp(`name="${name}"\r\n\r\n(.*?)\r\n`).exec(form.toString("latin1"))?.[1];
}
