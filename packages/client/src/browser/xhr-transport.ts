import { isLoopback } from "../network/is-loopback.ts";
import { createFetchTransport } from "../request/run-edit.ts";
import { encodeFetchBody } from "../transport/fetch-body.ts";
import { closableBody } from "../transport/response-body.ts";
import {
  type Transport,
  TransportFailure,
  type TransportRequest,
  type TransportResponse,
} from "../transport/transport.ts";
import { createChunkQueue } from "./chunk-queue.ts";

/** `XMLHttpRequest.HEADERS_RECEIVED`, which not every replacement has. */
const headersReceived = 2;

/** Above this size a response is read as a blob when complete: as text it would be in the page's memory twice. */
const maxTextBytes = 64 * 1024 * 1024;

/**
 * Creates the transport on `XMLHttpRequest`, the only one in a browser that reports upload progress. Cookies
 * are sent only to the page's own origin, and no header is added, so that CORS preflights pass. Without
 * `XMLHttpRequest`, as in a service worker, it sends with `fetch` and reports no progress.
 */
export function createXhrTransport(): Transport {
  const viaFetch = createFetchTransport();
  return async (request) => {
    request.signal.throwIfAborted();
    if (globalThis.XMLHttpRequest === undefined || request.method === "GET") return viaFetch(request);
    const { body } = await encodeFetchBody(request, false);
    request.signal.throwIfAborted();
    return sendXhr(request, body as Blob | Uint8Array<ArrayBuffer>);
  };
}

function sendXhr(
  request: TransportRequest,
  body: Blob | Uint8Array<ArrayBuffer>,
): Promise<TransportResponse> {
  const { signal } = request;
  const xhr = new XMLHttpRequest();
  const wasOffline = isOffline();
  let loadedBytes = 0;
  let isAnswered = false;
  const queue = createChunkQueue();
  const report = (loaded: number): void => {
    const totalBytes = request.body.byteLength;
    const next = Math.min(loaded, totalBytes);
    if (next <= loadedBytes) return;
    loadedBytes = next;
    request.onUploadProgress?.({ loadedBytes, totalBytes });
  };
  return new Promise((resolve, reject) => {
    const abort = (): void => {
      // First, because aborting fires `loadend`.
      fail(signal.reason);
      xhr.abort();
    };
    let isOver = false;
    const end = (): void => {
      isOver = true;
      signal.removeEventListener("abort", abort);
    };
    const fail = (error: unknown): void => {
      end();
      reject(error);
      queue.fail(error);
    };
    open(xhr, request);
    // Listening to an upload makes a browser send a CORS preflight: only callers that want progress pay for it.
    if (request.onUploadProgress) {
      xhr.upload.onprogress = ({ loaded }) => report(loaded);
      xhr.upload.onload = () => report(request.body.byteLength);
    }
    const receiveHead = (): void => {
      if (isAnswered || isOver || xhr.readyState < headersReceived || xhr.status === 0) return;
      report(request.body.byteLength);
      const isError = xhr.status < 200 || xhr.status > 299;
      if (isError && wasRedirected(xhr, request.url)) {
        // The status is that of another URL: it says nothing about the form at the first one.
        fail(
          new TransportFailure(
            "The browser followed a redirect before the page could stop it. Give the final URL.",
            { delivery: "possible", code: "redirected" },
          ),
        );
        xhr.abort();
        return;
      }
      isAnswered = true;
      const isLarge = Number(xhr.getResponseHeader("content-length")) > maxTextBytes;
      const isEarly = xhr.readyState === headersReceived;
      if (isEarly && isLarge && !/event-stream/i.test(xhr.getResponseHeader("content-type") ?? ""))
        xhr.responseType = "blob";
      resolve({
        status: xhr.status,
        statusText: xhr.statusText,
        headers: readHead(xhr),
        body: closableBody(queue.read(), () => {
          end();
          xhr.abort();
          queue.end();
        }),
      });
    };
    const takeText = (): void => {
      receiveHead();
      if (xhr.responseType !== "blob") queue.pushText(xhr.responseText);
    };
    const breakOff = (): void => {
      if (isOver) return;
      fail(isAnswered ? brokenResponse() : toTransportFailure(request.url, wasOffline && loadedBytes === 0));
    };
    xhr.onreadystatechange = receiveHead;
    xhr.onprogress = takeText;
    xhr.onload = () => {
      takeText();
      if (!isAnswered) return breakOff();
      if (xhr.responseType === "blob") queue.pushBlob(xhr.response as Blob);
      end();
      queue.end();
    };
    xhr.onerror = breakOff;
    // The last event of every request. Test environments do not fire all of the others: happy-dom no `readystatechange`.
    xhr.onloadend = breakOff;
    signal.addEventListener("abort", abort, { once: true });
    try {
      xhr.send(body);
    } catch (cause) {
      fail(notStarted(cause));
    }
  });
}

function open(xhr: XMLHttpRequest, { url, headers }: TransportRequest): void {
  try {
    xhr.open("POST", url);
    // Keeps every byte: a body may be an image, whatever its type. Text is UTF-8, whatever the server declares.
    xhr.overrideMimeType("text/plain; charset=x-user-defined");
    for (const [name, value] of Object.entries(headers)) xhr.setRequestHeader(name, value);
  } catch (cause) {
    throw notStarted(cause);
  }
}

/** What `XMLHttpRequest` throws, rather than reports, has sent nothing. */
function notStarted(cause: unknown): TransportFailure {
  return new TransportFailure("The request could not be started: `XMLHttpRequest` does not accept it.", {
    delivery: "none",
    cause,
  });
}

/** Copies the headers: an aborted `XMLHttpRequest` has none, and closing its body aborts it. */
function readHead(xhr: XMLHttpRequest): Headers {
  const head = new Headers();
  for (const line of xhr.getAllResponseHeaders().split("\r\n")) {
    const end = line.indexOf(":");
    if (end > 0) head.append(line.slice(0, end), line.slice(end + 1).trim());
  }
  return head;
}

function brokenResponse(): TransportFailure {
  return new TransportFailure("The connection broke before the complete response arrived.", {
    delivery: "possible",
  });
}

function wasRedirected({ responseURL }: XMLHttpRequest, url: string): boolean {
  return responseURL !== "" && responseURL !== new URL(url, location.href).href.replace(/#.*/, "");
}

function toTransportFailure(url: string, wasOffline: boolean): TransportFailure {
  // Offline before and after, nothing can have been sent, except to loopback, which needs no network.
  if (wasOffline && isOffline() && !isLoopback(new URL(url, location.href).hostname)) {
    return new TransportFailure("The browser is offline. Connect, and edit again.", {
      delivery: "none",
      code: "offline",
    });
  }
  return new TransportFailure(
    "The connection failed, or the server does not allow this page (CORS): browsers do not say which.",
    { delivery: "possible" },
  );
}

function isOffline(): boolean {
  return globalThis.navigator?.onLine === false;
}
