import type { EditOptions, EditParams, EditResult, ImageClient } from "@retouch/client";
import type { CompleteParams, EditTransport, TransportEvents } from "./edit-transport.ts";

/**
 * Creates a transport that sends edits with your own client: in a desktop app, to a local server, in a test.
 * Do not use it in a page, where every visitor could read the key: use `proxyTransport`.
 */
export function directTransport(client: ImageClient): EditTransport {
  return createTransport(client);
}

/** Creates a transport on a client whose edits take further options. */
export function createTransport(
  client: ImageClient,
  optionsOf: (events: TransportEvents) => object = () => ({}),
): EditTransport {
  return {
    reportsSend: true,
    check: (params) => client.check(asEditParams(params)),
    run(params, events) {
      const { signal, onSend, onUploadProgress } = events;
      const options = { signal, onRequest: onSend, onUploadProgress, ...optionsOf(events) };
      return wantsPreviews(params)
        ? stream(client, params, options, events)
        : client.edit(asEditParams(params), options);
    },
  };
}

async function stream(
  client: ImageClient,
  params: CompleteParams,
  options: EditOptions,
  { onPartial }: TransportEvents,
): Promise<EditResult> {
  let result: EditResult | undefined;
  for await (const event of client.stream(asEditParams(params), options)) {
    // A server may complete several images one by one; the last event holds all of them.
    if (event.type === "completed") result = event.result;
    else onPartial(event.image, event.index);
  }
  // The client ends a stream with `completed` or throws.
  if (!result) throw new TypeError("The stream ended without an image.");
  return result;
}

/** Returns whether to stream: previews only come in a stream, and `partial_images: 0` asks for none. */
function wantsPreviews({ stream, partial_images: previews }: CompleteParams): boolean {
  return stream === true || (typeof previews === "number" && previews > 0);
}

/** Casts to the type that `edit` of the session has checked for their model. */
function asEditParams(params: CompleteParams): EditParams<undefined> {
  return params as unknown as EditParams<undefined>;
}
