import { EventEmitter } from "node:events";
import { Readable } from "node:stream";
import { SystemError } from "./disk.ts";
import type { Answer, SimProcess } from "./sim-process.ts";

/** A socket that is being connected. */
class SimSocket extends EventEmitter {
  connecting = true;
  readableEnded = false;
  destroyed = false;
  _write = (): void => undefined;
}

/** A request of `node:http`, on a connection of its own, and its response. */
export class SimExchange extends EventEmitter {
  readonly reusedSocket = false;
  destroyed = false;
  writableEnded = false;
  protected readonly process: SimProcess;
  protected readonly socket = new SimSocket();
  #response: (Readable & { statusCode?: number; statusMessage?: string; headers?: unknown }) | undefined;

  constructor(process: SimProcess) {
    super();
    this.process = process;
  }

  /** Receives the response chunk by chunk. */
  protected receive(answer: Answer): void {
    const { status, headers, chunks, cutAfter, delayMs, chunkMs, bill, onArrival } = answer;
    const process = this.process;
    const cut = (): void => this.fail(new SystemError("ECONNRESET", "read", "the bank"));
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
        headersDistinct: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value]])),
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
            onArrival?.(process);
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

  protected fail(error: Error): void {
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
    this.socket.destroyed = true;
    this.#response?.destroy();
    this.process.later(0.05, () => () => {
      if (this.#response === undefined) {
        const hangUp = Object.assign(new Error("socket hang up"), { code: "ECONNRESET" });
        this.emit("error", error ?? hangUp);
      }
      this.socket.emit("close");
      this.emit("close");
    });
    return this;
  }
}
