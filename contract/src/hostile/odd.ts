import type { Behavior, Exchange } from "./hostile-server.ts";
import { base64, json, png } from "./results.ts";

/** What an edit by an odd server ends with. */
export interface Expected {
  /** How many images, each with the bytes that the server made. */
  readonly images?: number;
  /** Codes of warnings. */
  readonly warnings?: readonly string[];
  /** The error's outcome by caller. */
  readonly outcome?: (caller: string) => string;
  /** A text in the error's message. */
  readonly message?: string;
}

const event = (fields: object, name = ""): string =>
  `${name && `event: ${name}\n`}data: ${JSON.stringify(fields)}\n\n`;
const send =
  (body: string, type = "text/event-stream") =>
  ({ response }: Exchange): void =>
    void response.writeHead(200, { "content-type": type }).end(body);
const completed = event({ type: "image_edit.completed", b64_json: base64 });
const item = { type: "image_generation_call", status: "completed", result: base64 };
const uri = `data:image/png;base64,${base64}`;
const image: Expected = { images: 1, warnings: [] };

const redirect =
  (status: number) =>
  ({ response, url }: Exchange): void =>
    void response.writeHead(status, { location: `${url}/elsewhere` }).end();
// `fetch`, which proxies use too, and a page hide the status.
const redirected: Expected = { outcome: (caller) => (caller === "node" ? "rejected" : "unknown") };

/** Servers that mean well and speak otherwise than the vendor does: issues of other projects are full of them. */
export const odd: Readonly<Record<string, Behavior & { readonly expected: Expected }>> = {
  "a stream without a request for one": { respond: send(completed), expected: image },
  "a stream in JSON": { respond: send(completed, "application/json"), expected: image },
  "a stream in text": { respond: send(`\n${completed}`, "text/plain"), expected: image },
  "JSON as a stream": { respond: send(JSON.stringify({ data: [{ b64_json: base64 }] })), expected: image },
  "an image as JSON": {
    respond: ({ response }) => void response.writeHead(200, { "content-type": "application/json" }).end(png),
    expected: image,
  },
  "an image as an image": {
    respond: ({ response }) => void response.writeHead(200, { "content-type": "image/png" }).end(png),
    expected: image,
  },
  "an image in an item": {
    respond: send(event({ type: "response.output_item.done", item })),
    expected: image,
  },
  "an image in a response": {
    respond: send(event({ type: "response.completed", response: { status: "completed", output: [item] } })),
    expected: image,
  },
  "an image in a delta": {
    respond: send(event({ choices: [{ delta: { images: [{ image_url: { url: uri } }] } }] })),
    expected: image,
  },
  "an event that failed": {
    respond: send(
      event({ type: "response.failed", response: { error: { message: "No hats today.", code: "hats" } } }),
    ),
    expected: { outcome: () => "unknown", message: "No hats today" },
  },
  "an event that is incomplete": {
    respond: send(
      event({ type: "response.incomplete", response: { incomplete_details: { reason: "content_filter" } } }),
    ),
    expected: { outcome: () => "unknown", message: "content_filter" },
  },
  "a failure on the event line": {
    respond: send(event({ message: "No hats today." }, "image_edit.failed")),
    expected: { outcome: () => "unknown", message: "No hats today" },
  },
  "an image before a failure": {
    respond: send(completed + event({ type: "error", error: { message: "Cut." } })),
    expected: { images: 1 },
  },
  "an image in a list": { respond: (exchange) => json(exchange, { images: [base64] }), expected: image },
  "a relative URL": {
    respond: (exchange) => json(exchange, { data: [{ url: "files/1.png" }] }),
    serve: ({ response }) => void response.end(png),
    expected: image,
  },
  "a relative URL in a stream": {
    respond: send(event({ type: "image_edit.completed", url: "files/1" })),
    serve: ({ response }) => void response.end(png),
    expected: image,
  },
  "more images": {
    respond: (exchange) => json(exchange, { data: [{ b64_json: base64 }, { b64_json: base64 }] }),
    expected: { images: 2, warnings: ["more_images"] },
  },
  "a redirect 307": { respond: redirect(307), expected: redirected },
  "a redirect 308": { respond: redirect(308), expected: redirected },
  "a redirect 302": { respond: redirect(302), expected: { outcome: () => "unknown" } },
};
