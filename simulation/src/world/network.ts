import { EventEmitter } from "node:events";
import { Readable } from "node:stream";
import { SystemError } from "./disk.ts";
import type { Answer, SimProcess } from "./sim-process.ts";

/** What a request is made with, as far as the simulation reads it. */
interface RequestOptions {
  readonly headers: Readonly<Record<string, string | number>>;
}

/** A socket that is being connected. */
class SimSocket extends EventEmitter {
  connecting = true;
  readableEnded = false;
  destroyed = false;
  _write = (): void => undefined;
}

/** A request of `node:http`, on a connection of its own, to the bank. It reaches the bank once, or never. */
export class SimRequest extends EventEmitter {
  readonly reusedSocket = false;
  destroyed = false;
  writableEnded = false;
  readonly #process: SimProcess;
  readonly #socket = new SimSocket();
  readonly #weather;
  readonly #total: number;
  #form: Buffer[] = [];
  #sent = 0;
  #response: (Readable & { statusCode?: number; statusMessage?: string; headers?: unknown }) | undefined;

  constructor(process: SimProcess, { headers }: RequestOptions) {
    super();
    this.#process = process;
    this.#total = Number(headers["content-length"]);
    this.#weather = process.machine.world.bank.forecast(process);
    process.later(0.1, () => () => this.emit("socket", this.#socket));
    process.later(process.random.between(1, 300), () => () => this.#connect());
  }

  #connect(): void {
    if (this.destroyed) return;
    if (this.#weather.isRefused) {
      this.#fail(new SystemError("ECONNREFUSED", "connect", "the bank"));
      return;
    }
    this.#socket.connecting = false;
    this.#socket.emit("connect");
  }

  write(chunk: Uint8Array, done: (error?: Error) => void): void {
    const bytes = Buffer.from(chunk);
    const { cutAt, isLost } = this.#weather;
    this.#process.later(this.#process.random.between(0.1, 20), () => {
      if (this.destroyed) return () => done(new Error("closed"));
      const isCut = cutAt !== undefined && this.#sent + bytes.length > cutAt * this.#total;
      if (isCut) return () => this.#fail(new SystemError("ECONNRESET", "read", "the bank"));
      this.#sent += bytes.length;
      this.#form.push(bytes);
      // The system has all of it: it arrives even if the process ends now.
      if (this.#sent >= this.#total) this.#travel(isLost);
      return () => done();
    });
  }

  #travel(isLost: boolean): void {
    const { world } = this.#process.machine;
    const form = Buffer.concat(this.#form);
    this.#form = [];
    world.timeline.schedule(this.#process.random.between(1, 100), undefined, () => {
      if (isLost) {
        this.#process.later(this.#process.random.between(1, 10_000), () => () => {
          this.#fail(new SystemError("ECONNRESET", "read", "the bank"));
        });
        return undefined;
      }
      this.#receive(world.bank.receive(form, this.#process));
      return undefined;
    });
  }

  /** Receives the response chunk by chunk. */
  #receive(answer: Answer): void {
    const { status, headers, chunks, cutAfter, delayMs, chunkMs, bill } = answer;
    const process = this.#process;
    const cut = (): void => this.#fail(new SystemError("ECONNRESET", "read", "the bank"));
    if (cutAfter === -1) {
      process.later(delayMs, () => () => cut());
      return;
    }
    process.later(delayMs, () => () => {
      if (this.destroyed) return;
      const response = Object.assign(new Readable({ read() {} }), {
        statusCode: status,
        statusMessage: "",
        headers,
      });
      this.#response = response;
      response.once("close", () => this.destroy());
      this.emit("response", response);
      const receive = (index: number): void => {
        // The end of the response comes with its last bytes.
        const delay = index === 0 || index === chunks.length ? 0.1 : chunkMs;
        process.later(delay, () => () => {
          if (this.destroyed || response.destroyed) return;
          const chunk = chunks[index];
          if (cutAfter === index) cut();
          else if (chunk === undefined) {
            response.push(null);
            if (bill === undefined || status !== 200) return;
            bill.arrivedAtMs = process.machine.world.timeline.nowMs;
            process.machine.world.log(process, `has the response of bill ${bill.number}`);
          } else {
            response.push(chunk);
            receive(index + 1);
          }
        });
      };
      receive(0);
    });
  }

  #fail(error: Error): void {
    if (this.destroyed) return;
    if (this.#response === undefined) this.destroy(error);
    else this.#response.destroy(Object.assign(error, { message: "aborted" }));
  }

  end(): void {
    this.writableEnded = true;
  }

  destroy(error?: Error): this {
    if (this.destroyed) return this;
    this.destroyed = true;
    this.#socket.destroyed = true;
    this.#response?.destroy();
    this.#process.later(0.05, () => () => {
      if (this.#response === undefined) {
        const hangUp = Object.assign(new Error("socket hang up"), { code: "ECONNRESET" });
        this.emit("error", error ?? hangUp);
      }
      this.#socket.emit("close");
      this.emit("close");
    });
    return this;
  }
}
