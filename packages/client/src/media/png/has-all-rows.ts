import type { ByteSource } from "../byte-source.ts";
import { PngProblem, PngReader } from "./png-reader.ts";
import { readScanlines } from "./scanlines.ts";

/** Inflates a PNG, and returns whether all of its rows are there. */
export async function hasAllRows(source: ByteSource): Promise<boolean> {
  const stream = new PngReader(source);
  try {
    await readScanlines(stream, await stream.readHeader(), { first: 0, count: 0 }, () => false);
    return true;
  } catch (error) {
    if (error instanceof PngProblem) return false;
    throw error;
  } finally {
    await stream.close();
  }
}
