/** A picture's bytes, wherever they live: readable from the start as often as a retry needs. */
export interface ByteSource {
  readonly byteLength: number;
  /** Reads the bytes from `start` to before `end`; fewer when the source ends sooner. */
  slice(start: number, end: number): Promise<Uint8Array>;
  /**
   * Reads everything in order, in pieces of at most 256 KiB. A piece is valid until the next one is asked for,
   * so a reader that keeps pieces copies them.
   */
  pieces(): AsyncIterable<Uint8Array>;
  /** Frees what the source holds open; called once, when the edit is over. */
  close?(): Promise<void>;
}
