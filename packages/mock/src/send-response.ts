import { once } from "node:events";
import type { ServerResponse } from "node:http";
import type { MockAnswer } from "./mock-exchange.ts";
import { pause } from "./responses/delay.ts";

/** Sends an answer down a socket, with the fault that its scenario asks for. Resolves when it is sent or broken off. */
export async function deliverAnswer(
  { status, headers, body, fault }: MockAnswer,
  response: ServerResponse,
  options: { chunkBytes?: number },
  signal: AbortSignal,
): Promise<void> {
  // One promise for the whole answer: a listener for each piece would be a leak.
  const gone = untilGone(signal);
  if (fault?.kind === "hang") return gone;
  if (fault?.kind === "reset") {
    response.socket?.resetAndDestroy();
    return;
  }
  const whole = body instanceof Uint8Array ? body : undefined;
  const chunked = fault?.kind === "trickle" || options.chunkBytes !== undefined;
  const pieceBytes =
    fault?.kind === "trickle" ? Math.ceil((whole?.length ?? 0) / fault.pieces) : options.chunkBytes;
  if (whole && !chunked) response.setHeader("content-length", whole.length);
  response.writeHead(status, headers);
  response.flushHeaders();
  const pauseMs = fault?.kind === "trickle" ? fault.pauseMs : 0;
  let left = fault?.kind === "cut" ? fault.afterBytes : Number.POSITIVE_INFINITY;
  for await (const piece of inPieces(body, pieceBytes)) {
    signal.throwIfAborted();
    const sent = piece.subarray(0, left);
    left -= sent.length;
    if (!response.write(sent)) await Promise.race([once(response, "drain"), gone]);
    if (left === 0) break;
    if (pauseMs > 0) await pause(pauseMs, signal);
  }
  if (fault?.kind === "cut") {
    await flushed(response);
    response.destroy();
    return;
  }
  response.end();
  await Promise.race([once(response, "finish"), gone]);
}

async function* inPieces(body: MockAnswer["body"], pieceBytes: number | undefined) {
  const whole = body instanceof Uint8Array ? [body] : body;
  for await (const part of whole) {
    const step = Math.max(1, pieceBytes ?? part.length);
    for (let offset = 0; offset < part.length; offset += step) yield part.subarray(offset, offset + step);
  }
}

/** Resolves when the client goes away or the server closes. */
function untilGone(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
}

/** Resolves when everything written so far has left this process. */
function flushed(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => response.write(new Uint8Array(), () => resolve()));
}
