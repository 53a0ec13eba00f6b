import type { ClientRequest } from "node:http";
import type { Delivery, TransportRequest } from "../../transport/transport.ts";

/** A form on its way out, beside the answer that may come at any time. */
interface Upload {
  readonly form: Pick<TransportRequest, "body" | "onUploadProgress">;
  readonly request: ClientRequest;
  isStopped(): boolean;
  /** Tells how much of the form the server can hold from now on. */
  deliver(delivery: Delivery): void;
}

/**
 * Writes a form piece by piece, each after the one before was handed over. The closing boundary leaves alone and last:
 * until then the server can not hold a complete form, whatever happens.
 *
 * @throws what the form throws when a picture can not be read
 */
export async function uploadForm({ form, request, isStopped, deliver }: Upload): Promise<void> {
  const totalBytes = form.body.byteLength;
  let loadedBytes = 0;
  for await (const chunk of form.body.chunks()) {
    if (isStopped()) return;
    const isLast = loadedBytes + chunk.byteLength >= totalBytes;
    if (isLast && request.reusedSocket) {
      // The server may have closed this connection while it was idle: its reset may arrive before the form is complete.
      await nextTick();
      await nextTick();
      if (isStopped()) return;
    }
    deliver(isLast ? "possible" : "incomplete");
    if (await write(request, chunk)) return;
    loadedBytes += chunk.byteLength;
    form.onUploadProgress?.({ loadedBytes, totalBytes });
  }
  if (!isStopped()) request.end();
}

/** Hands a piece to the system and waits until it took all of it: its buffer may be filled again then. */
function write(request: ClientRequest, chunk: Uint8Array): Promise<Error | null | undefined> {
  return new Promise((resolve) => {
    const close = (): void => resolve(new Error("closed"));
    request.once("close", close);
    request.write(chunk, (error) => {
      request.off("close", close);
      resolve(error);
    });
  });
}

/** Waits until the event loop has looked for what arrived once more. */
export function nextTick(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
