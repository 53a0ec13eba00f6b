import { canSendBlobs } from "../media/blob-like.ts";
import type { RequestBody } from "./request-body.ts";
import type { TransportRequest } from "./transport.ts";

/** A body in the form that `fetch` accepts, with the request options that it requires. */
export interface FetchBody {
  readonly body: Uint8Array<ArrayBuffer> | Blob | ReadableStream<Uint8Array>;
  readonly headers?: { readonly "content-length": string };
  readonly duplex?: "half";
  /** Of a stream: whether `fetch` has asked for any of it. Otherwise the server cannot have a form. */
  readonly wasRead?: () => boolean;
}

/** Up to this size, a single array is the fastest body for `fetch` and costs little memory. */
const maxArrayBytes = 1024 * 1024;
/** Copies of this size come from memory that is reused; larger ones are allocated by the system each time. */
const streamedBytes = 65_536;

/**
 * Returns a form as a body that the runtime's `fetch` sends with an exact length.
 *
 * Node gets a stream and a `content-length`, which Node's `fetch` preserves. A stream buffers only one chunk, and
 * `fetch` cannot post it again: after a 421 it automatically resends any other body.
 *
 * Other runtimes send every stream chunked, which some gateways reject, or reject streams themselves. There, a small
 * form becomes one array. A large form becomes a blob, where blobs are the platform's own; if its images are blobs,
 * nothing is read before sending.
 */
export async function encodeFetchBody(
  request: TransportRequest,
  isPlatformFetch: boolean,
): Promise<FetchBody> {
  if (isPlatformFetch && isNode()) {
    let isRead = false;
    const body = streamChunks(request, () => {
      isRead = true;
    });
    return {
      body,
      wasRead: () => isRead,
      headers: { "content-length": String(request.body.byteLength) },
      duplex: "half",
    };
  }
  const { body } = request;
  if (body.byteLength <= maxArrayBytes || !canSendBlobs()) return { body: await collectArray(body) };
  return { body: body.blob?.() ?? (await collectBlob(request)) };
}

/** Returns whether the runtime is Node. Bun and Deno report a Node version as well. */
export function isNode(): boolean {
  const { process } = globalThis as { process?: { versions?: Record<string, string | undefined> } };
  const versions = process?.versions;
  return versions?.["node"] !== undefined && !versions["bun"] && !versions["deno"];
}

async function collectArray(body: RequestBody): Promise<Uint8Array<ArrayBuffer>> {
  if (body.small) return body.small[0];
  const bytes = new Uint8Array(body.byteLength);
  let offset = 0;
  for await (const chunk of body.chunks()) {
    bytes.set(chunk, offset);
    offset += chunk.byteLength;
  }
  return bytes;
}

/** Creates a blob of each chunk immediately, because browsers store blobs outside the page's memory. */
async function collectBlob({ body, signal }: TransportRequest): Promise<Blob> {
  const blobs: Blob[] = [];
  for await (const chunk of body.chunks()) {
    signal.throwIfAborted();
    blobs.push(new Blob([new Uint8Array(chunk)]));
  }
  return new Blob(blobs);
}

function streamChunks(
  { body, onUploadProgress }: TransportRequest,
  onRead: () => void,
): ReadableStream<Uint8Array> {
  const { small } = body;
  const chunks = body.chunks()[Symbol.asyncIterator]();
  const totalBytes = body.byteLength;
  let loadedBytes = 0;
  const pull = async (controller: ReadableStreamDefaultController<Uint8Array>): Promise<void> => {
    if (totalBytes <= streamedBytes) {
      // In one piece: `fetch` takes as long for each chunk as for the copy of a small form.
      controller.enqueue(await collectArray(body));
      return controller.close();
    }
    const { done, value } = await chunks.next();
    if (done) return controller.close();
    loadedBytes += value.byteLength;
    // Copies: a chunk is valid only until the next one is requested, and `fetch` may hold it longer.
    for (let at = 0; at < value.byteLength; at += streamedBytes) {
      controller.enqueue(value.slice(at, at + streamedBytes));
    }
    if (loadedBytes < totalBytes) onUploadProgress?.({ loadedBytes, totalBytes });
  };
  return new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        onRead();
        // Without a turn, as nothing is awaited.
        if (!small) return pull(controller);
        controller.enqueue(small[0]);
        return controller.close();
      },
      async cancel() {
        await chunks.return?.();
      },
    },
    { highWaterMark: 0 },
  );
}
