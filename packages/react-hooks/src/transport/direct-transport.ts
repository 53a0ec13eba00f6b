import type { EditParams, EditResult, ImageClient } from "@retouch/client";
import type { CompleteParams, EditTransport, TransportEvents } from "./edit-transport.ts";

/**
 * Carries edits with a client of yours: on a desktop app's own network, against a local server, in a test.
 * In a page it would need a key there, which every visitor can read: use `proxyTransport`.
 */
export function directTransport(client: ImageClient): EditTransport {
  return {
    tellsSending: true,
    check: (params) => client.check(asEditParams(params)),
    run: (params, events) => (wantsPreviews(params) ? stream : edit)(client, params, events),
  };
}

function edit(client: ImageClient, params: CompleteParams, events: TransportEvents): Promise<EditResult> {
  const { signal, onSend, onUploadProgress } = events;
  return client.edit(asEditParams(params), { signal, onRequest: onSend, onUploadProgress });
}

async function stream(
  client: ImageClient,
  params: CompleteParams,
  events: TransportEvents,
): Promise<EditResult> {
  const { signal, onSend, onUploadProgress, onPartial } = events;
  let result: EditResult | undefined;
  const options = { signal, onRequest: onSend, onUploadProgress };
  for await (const event of client.stream(asEditParams(params), options)) {
    // A server may complete several pictures one by one; the last event holds them all.
    if (event.type === "completed") result = event.result;
    else onPartial(event.image, event.index);
  }
  // The client ends a stream by `completed` or by an error of its own.
  if (!result) throw new TypeError("The stream ended without a picture.");
  return result;
}

/** Previews come only as a stream. Asking for none of them is asking for no stream. */
function wantsPreviews({ stream, partial_images: previews }: CompleteParams): boolean {
  return stream === true || (typeof previews === "number" && previews > 0);
}

/** The session's `edit` has seen these by the types of their model; in between they are plain data. */
function asEditParams(params: CompleteParams): EditParams<undefined> {
  return params as unknown as EditParams<undefined>;
}
