import type { MultipartBody } from "./multipart.ts";
import type { TransportRequest } from "./transport.ts";

/** A body as `fetch` takes it, with what has to be said beside it. */
export interface FetchBody {
  readonly body: Uint8Array<ArrayBuffer> | Blob | ReadableStream<Uint8Array>;
  readonly headers?: { readonly "content-length": string };
  readonly duplex?: "half";
}

/** Up to here one array is the fastest thing `fetch` sends, and costs little memory. */
const maxArrayBytes = 1024 * 1024;
/** Copies of this size come out of memory that is used again; larger ones are taken from the system each time. */
const streamedBytes = 65_536;

/**
 * Turns a form into what the runtime's `fetch` sends with an exact length. Node gets a stream beside its
 * `content-length`, a header that Node's `fetch` keeps: it holds no more than a piece, and `fetch` can not post it again
 * by itself, which it does with any other body after a 421. Other runtimes send every stream chunked, which some gateways
 * refuse, or refuse it themselves: there a small form is one array, and one whose pictures are blobs is a blob, so that
 * nothing is read before it is sent.
 */
export async function encodeFetchBody(
  request: TransportRequest,
  isPlatformFetch: boolean,
): Promise<FetchBody> {
  const { body } = request;
  if (isPlatformFetch && isNode()) {
    return {
      body: streamChunks(request),
      headers: { "content-length": String(body.byteLength) },
      duplex: "half",
    };
  }
  if (body.byteLength <= maxArrayBytes) return { body: await collectArray(body) };
  return { body: body.blob?.() ?? (await collectBlob(request)) };
}

/** Bun and Deno call themselves Node as well. */
function isNode(): boolean {
  const { process } = globalThis as { process?: { versions?: Record<string, string | undefined> } };
  const versions = process?.versions;
  return versions?.["node"] !== undefined && !versions["bun"] && !versions["deno"];
}

async function collectArray(body: MultipartBody): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = new Uint8Array(body.byteLength);
  let offset = 0;
  for await (const chunk of body.chunks()) {
    bytes.set(chunk, offset);
    offset += chunk.byteLength;
  }
  return bytes;
}

/** Each piece becomes a blob of its own at once: browsers keep those outside of the page's memory. */
async function collectBlob({ body, signal }: TransportRequest): Promise<Blob> {
  const blobs: Blob[] = [];
  for await (const chunk of body.chunks()) {
    signal.throwIfAborted();
    blobs.push(new Blob([new Uint8Array(chunk)]));
  }
  return new Blob(blobs);
}

function streamChunks({ body, onUploadProgress }: TransportRequest): ReadableStream<Uint8Array> {
  const chunks = body.chunks()[Symbol.asyncIterator]();
  const totalBytes = body.byteLength;
  let loadedBytes = 0;
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { done, value } = await chunks.next();
        if (done) return controller.close();
        loadedBytes += value.byteLength;
        // Copies, because a piece is valid until the next one is asked for and `fetch` may hold it longer.
        for (let at = 0; at < value.byteLength; at += streamedBytes) {
          controller.enqueue(value.slice(at, at + streamedBytes));
        }
        if (loadedBytes < totalBytes) onUploadProgress?.({ loadedBytes, totalBytes });
      },
      async cancel() {
        await chunks.return?.();
      },
    },
    { highWaterMark: 0 },
  );
}
