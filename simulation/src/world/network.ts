import { SystemError } from "./disk.ts";
import { SimExchange } from "./exchange.ts";
import { SimPoll } from "./poll.ts";
import type { SimProcess } from "./sim-process.ts";

/** What a form is sent with, as far as the simulation reads it. */
interface FormOptions {
  readonly method: "POST";
  readonly headers: Readonly<Record<string, string | number>>;
}

/** What an image is fetched with. */
interface DownloadOptions {
  readonly method?: undefined;
  readonly hostname: string;
  readonly path: string;
  readonly signal?: AbortSignal;
  readonly lookup?: (
    name: string,
    options: { readonly all: boolean },
    done: (error?: Error | null) => void,
  ) => void;
}

/** What the state of a task is asked for with. */
interface PollOptions {
  readonly method: "GET";
  readonly path: string;
}

/** Makes a request: forms and polls go to the bank, anything else to the host of its images. */
export function request(
  process: SimProcess,
  options: FormOptions | PollOptions | DownloadOptions,
): SimExchange {
  if (options.method === "GET") return new SimPoll(process, options.path);
  return options.method === "POST" ? new SimRequest(process, options) : new SimDownload(process, options);
}

/** A form. It reaches the bank once, or never. */
class SimRequest extends SimExchange {
  readonly #weather;
  readonly #total: number;
  #form: Buffer[] = [];
  #sent = 0;

  constructor(process: SimProcess, { headers }: FormOptions) {
    super(process);
    this.#total = Number(headers["content-length"]);
    this.#weather = process.machine.world.bank.forecast(process);
    process.later(0.1, () => () => this.emit("socket", this.socket));
    process.later(process.random.between(1, 300), () => () => this.#connect());
  }

  #connect(): void {
    if (this.destroyed) return;
    if (this.#weather.isRefused) {
      this.fail(new SystemError("ECONNREFUSED", "connect", "the bank"));
      return;
    }
    this.socket.connecting = false;
    this.socket.emit("connect");
  }

  write(chunk: Uint8Array, done: (error?: Error) => void): void {
    const bytes = Buffer.from(chunk);
    const { cutAt, isLost } = this.#weather;
    this.process.later(this.process.random.between(0.1, 20), () => {
      if (this.destroyed) return () => done(new Error("closed"));
      const isCut = cutAt !== undefined && this.#sent + bytes.length > cutAt * this.#total;
      if (isCut) return () => this.fail(new SystemError("ECONNRESET", "read", "the bank"));
      this.#sent += bytes.length;
      this.#form.push(bytes);
      // The system has all of it: it arrives even if the process ends now.
      if (this.#sent >= this.#total) this.#travel(isLost);
      return () => done();
    });
  }

  /** As in Node, `done` is called only once all was taken: a connection that ends before it just closes. */
  override end(chunk?: Uint8Array, done?: () => void): void {
    super.end();
    if (chunk) this.write(chunk, (error) => !error && done?.());
  }

  #travel(isLost: boolean): void {
    const { world } = this.process.machine;
    const form = Buffer.concat(this.#form);
    this.#form = [];
    world.timeline.schedule(this.process.random.between(1, 100), undefined, () => {
      if (isLost) {
        this.process.later(this.process.random.between(1, 10_000), () => () => {
          this.fail(new SystemError("ECONNRESET", "read", "the bank"));
        });
        return undefined;
      }
      this.receive(world.bank.receive(form, this.process));
      return undefined;
    });
  }
}

/** A request of an image. */
class SimDownload extends SimExchange {
  readonly #options: DownloadOptions;

  constructor(process: SimProcess, options: DownloadOptions) {
    super(process);
    this.#options = options;
  }

  override end(): void {
    super.end();
    const { process } = this;
    const { hostname, path, signal, lookup } = this.#options;
    signal?.addEventListener("abort", () => this.destroy(signal.reason as Error));
    process.later(process.random.between(1, 300), () => () => {
      if (this.destroyed) return;
      const connect = (): void => {
        process.later(process.random.between(1, 100), () => {
          if (this.destroyed) return undefined;
          this.receive(process.machine.world.images.serve(path, process));
          return undefined;
        });
      };
      if (lookup === undefined) connect();
      else lookup(hostname, { all: true }, (error) => (error ? this.fail(error) : connect()));
    });
  }
}
