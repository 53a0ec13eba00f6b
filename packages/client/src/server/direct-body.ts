// On Node, a web stream takes longer for each chunk than receiving and sending it. Where this package is on both sides of a
// `Request` or a `Response`, it passes the chunks beside the stream. Any other code reads the stream as always.

/** The chunks of a body, beside its stream. */
interface DirectBody {
  next(): Promise<IteratorResult<Uint8Array, unknown>>;
  /** Stops the body, as canceling its stream does. */
  cancel?(): Promise<void>;
}

const bodies = new WeakMap<ReadableStream<Uint8Array>, DirectBody>();

/** Offers the chunks of a body whose stream takes none ahead. */
export function offerDirectBody({ body: stream }: Request | Response, body: DirectBody): void {
  if (stream) bodies.set(stream, body);
}

/** Returns the chunks of a body, unless its stream was read or is about to be. A message that was cloned has another stream. */
export function directBodyOf({ body: stream, bodyUsed }: Request | Response): DirectBody | undefined {
  return stream && !bodyUsed && !stream.locked ? bodies.get(stream) : undefined;
}
