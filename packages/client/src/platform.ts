import type { ByteSource } from "./media/byte-source.ts";
import type { ResultFetch } from "./results/result-fetch.ts";
import type { Transport } from "./transport/transport.ts";

/** Loaders of the code that only some edits need: each throws a NetworkError (`not-sent`) if its code does not load. */
export interface LateCode {
  /** Reads streams. */
  events(): Promise<typeof import("./response/events/read-events.ts")>;
  /** Polls tasks. */
  tasks(): Promise<typeof import("./tasks/poll-task.ts")>;
  /** Encodes JSON bodies. */
  json(): Promise<typeof import("./request/encode-json-edit.ts")>;
}

/** The parts of a platform that may load with the first call. */
export interface LatePlatform {
  /** The default is a transport on `fetch`; a client's own `fetch` always wins. */
  readonly transport?: Transport | undefined;
  /**
   * Opens what the caller gave as an image: a `Blob` or bytes, and on Node a path or URL too; by default a `Blob` or bytes only.
   * Throws an `InvalidInputError` that names `field` (`image[1]`, `mask`) for what it cannot open.
   */
  readonly openInput?:
    | ((input: never, field: string, signal: AbortSignal) => ByteSource | Promise<ByteSource>)
    | undefined;
  /** Fetches result URLs; the platform's `fetch` does when absent. */
  readonly fetchUrl?: ResultFetch | undefined;
}

/** The parts of a client that depend on its entry point: how requests are sent, and which inputs are opened as images. */
export interface Platform extends LatePlatform {
  /** Loads the rest of the platform with the first call, before anything is opened. */
  readonly load?: (() => Promise<LatePlatform>) | undefined;
  /** The options of this entry point in addition to those of every client. */
  readonly optionNames?: readonly string[] | undefined;
  /** The options of a call of this entry point in addition to those of every call. */
  readonly callOptionNames?: readonly string[] | undefined;
  /** The URL of an image-edit proxy: requests go to exactly this URL, without a key, and its `x-retouch-outcome` is trusted. */
  readonly proxyUrl?: string | undefined;
}
