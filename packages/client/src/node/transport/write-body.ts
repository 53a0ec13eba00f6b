import type { ClientRequest } from "node:http";
import type { Delivery, TransportRequest } from "../../transport/transport.ts";

/** Form that is being sent, while the response may arrive at any time. */
interface Upload {
  readonly form: Pick<TransportRequest, "body" | "onUploadProgress">;
  readonly request: ClientRequest;
  isStopped(): boolean;
  /** Reports how much of the form the server can have from now on. */
  deliver(delivery: Delivery): void;
}

/**
 * Writes a form chunk by chunk, each after the previous one was flushed. The closing boundary is sent last and
 * separately: until then the server cannot have a complete form, whatever happens.
 *
 * @throws what the form throws if an image cannot be read
 */
export async function uploadForm({ form, request, isStopped, deliver }: Upload): Promise<void> {
  const totalBytes = form.body.byteLength;
  let loadedBytes = 0;
  let settle = (_isWritten: boolean): void => undefined;
  request.once("close", () => settle(false));
  /** Writes a chunk and waits until the system has taken all of it, so that its buffer can be reused. */
  const write = (chunk: Uint8Array, isLast: boolean): Promise<boolean> =>
    new Promise((resolve) => {
      settle = resolve;
      if (isLast) request.end(chunk, () => resolve(true));
      else request.write(chunk, (error) => resolve(!error));
    });
  for await (const chunk of form.body.small?.[1] ?? form.body.chunks()) {
    if (isStopped()) return;
    const isLast = loadedBytes + chunk.byteLength >= totalBytes;
    if (isLast && request.reusedSocket) {
      // The server may have closed this idle connection: its reset may arrive before the form is complete.
      await nextTick();
      await nextTick();
      if (isStopped()) return;
    }
    deliver(isLast ? "possible" : "incomplete");
    if (!(await write(chunk, isLast))) return;
    loadedBytes += chunk.byteLength;
    form.onUploadProgress?.({ loadedBytes, totalBytes });
  }
  if (!isStopped() && !request.writableEnded) request.end();
}

/** Waits one tick of the event loop, so that pending network events are handled. */
export function nextTick(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
