import { SystemError } from "./disk.ts";
import { SimExchange } from "./exchange.ts";
import type { SimProcess } from "./sim-process.ts";

/** A request of the state of a task. */
export class SimPoll extends SimExchange {
  readonly #path: string;

  constructor(process: SimProcess, path: string) {
    super(process);
    this.#path = path;
    const { isRefused } = process.machine.world.bank.forecast(process);
    process.later(0.1, () => () => this.emit("socket", this.socket));
    process.later(process.random.between(1, 300), () => () => {
      if (this.destroyed) return;
      this.socket.connecting = false;
      if (isRefused) this.fail(new SystemError("ECONNREFUSED", "connect", "the bank"));
      else this.socket.emit("connect");
    });
  }

  override end(): void {
    super.end();
    const { process } = this;
    process.later(process.random.between(1, 100), () => {
      if (!this.destroyed) this.receive(process.machine.world.bank.poll(this.#path, process));
      return undefined;
    });
  }
}
