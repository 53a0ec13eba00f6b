import type { ByteSource } from "./byte-source.ts";
import type { Transport } from "./transport.ts";

/** What an entry point brings: how it sends, and what it can open as a picture. */
export interface Runtime {
  /** Sends on `fetch` when absent; a client's own `fetch` always wins. */
  readonly transport?: Transport | undefined;
  /**
   * Opens what the caller gave as a picture: a `Blob`, bytes, on Node a path or URL too. Throws an
   * `InvalidInputError` that names `field` (`image[1]`, `mask`) for what it can not open. `Blob`s and bytes are opened when absent.
   */
  readonly openInput?:
    | ((input: never, field: string, signal: AbortSignal) => ByteSource | Promise<ByteSource>)
    | undefined;
  /** The options of this entry point beside those of every client. */
  readonly optionNames?: readonly string[] | undefined;
  /** Posts to exactly this URL, without a key, and trusts its `x-retouch-outcome`: a proxy of ours. */
  readonly proxyUrl?: string | undefined;
}
