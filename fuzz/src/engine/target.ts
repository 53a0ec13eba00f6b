import type { Random } from "./random.ts";

/** One entry point that reads foreign bytes, with what must hold for every input. */
export interface Target {
  readonly name: string;
  /**
   * Source files, or folders ending with `/`, whose counters measure the coverage; relative to the repository. Of
   * `file.ts#name,other`, only these functions count.
   */
  readonly covers: readonly string[];
  /** Small inputs to start from; more are in `fuzz/corpus`. */
  readonly seeds: readonly (string | Uint8Array)[];
  /** Texts and bytes that the format consists of. */
  readonly dictionary: readonly (string | Uint8Array)[];
  /** The longest input. */
  readonly maxBytes: number;
  /** The most executions of blocks in `covers`: a fixed number, and a number for each byte of the input. */
  readonly maxSteps: { readonly fixed: number; readonly perByte: number };
  /** Runs one input. Throws an {@link OracleError}, or any other error, if something does not hold. */
  run(input: Uint8Array): void | Promise<void>;
  /** Changes an input in a way that the format needs, such as correcting a checksum. */
  mutate?(input: Uint8Array, random: Random): Uint8Array;
  /** Releases what `run` shares between inputs. */
  close?(): Promise<void>;
}

/** A property that does not hold. */
export class OracleError extends Error {
  override readonly name = "OracleError";
  /** Identifies the property: two inputs with the same one are the same finding. */
  readonly property: string;

  constructor(property: string, detail = "") {
    super(detail === "" ? property : `${property}: ${detail}`);
    this.property = property;
  }
}

/** Throws unless a property holds. */
export function check(holds: boolean, property: string, detail?: () => string): asserts holds {
  if (!holds) throw new OracleError(property, detail?.());
}

/** Returns the bytes of a text, or the bytes themselves. */
export function toBytes(given: string | Uint8Array): Uint8Array {
  return typeof given === "string" ? new TextEncoder().encode(given) : given;
}
