import { ownHeaders } from "../response/own-headers.ts";

/** The response of a job while it arrives: each caller gets what is there, and then what follows. */
export class LiveBody {
  readonly #head: { readonly status: number; readonly headers: Readonly<Record<string, string>> };
  readonly #chunks: Uint8Array[] = [];
  readonly #waiting = new Set<() => void>();
  #ended: "complete" | "cut" | undefined;

  constructor(status: number, headers: Readonly<Record<string, string>>) {
    this.#head = { status, headers };
  }

  push(chunk: Uint8Array): void {
    this.#chunks.push(chunk);
    this.#wake();
  }

  end(how: "complete" | "cut"): void {
    this.#ended = how;
    this.#wake();
  }

  /** Responds with everything from the beginning. A caller that stops reading stops nothing. */
  respond(): Response {
    let next = 0;
    let wake: () => void = () => undefined;
    const body = new ReadableStream<Uint8Array>({
      pull: async (controller) => {
        while (next >= this.#chunks.length && this.#ended === undefined)
          await new Promise<void>((resolve) => {
            wake = resolve;
            this.#waiting.add(resolve);
          });
        const chunk = this.#chunks[next++];
        if (chunk !== undefined) controller.enqueue(chunk);
        else if (this.#ended === "cut") controller.error(new Error("The response of upstream broke off."));
        else controller.close();
      },
      cancel: () => {
        this.#waiting.delete(wake);
      },
    });
    const { status, headers } = this.#head;
    return new Response(body, { status, headers: { ...headers, ...ownHeaders } });
  }

  #wake(): void {
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const resolve of waiting) resolve();
  }
}
