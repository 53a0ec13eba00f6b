/**
 * The server of every benchmark, in its own process. It checks each form (its length and the boundary of every part)
 * and responds by path: `/small`, `/upload`, `/response-json-COUNT-MIB`, `/response-sse-COUNT-MIB`. The prefix
 * `/after-SECONDS` delays the latter two. `/log` returns the requests since it was last called.
 */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { pngOf } from "./png-of.ts";

const mebibyte = 1024 * 1024;

const encoded = new Map<number, Buffer>();
function base64Of(mebibytes: number): Buffer {
  const known = encoded.get(mebibytes);
  if (known) return known;
  const fresh = Buffer.from(pngOf(mebibytes * mebibyte).toString("base64"));
  encoded.set(mebibytes, fresh);
  return fresh;
}

interface Received {
  readonly byteLength: number;
  readonly boundaries: number;
}

async function receive(request: IncomingMessage): Promise<Received> {
  const boundary = Buffer.from(
    `--${/boundary="?([^";]+)/.exec(request.headers["content-type"] ?? "")?.[1] ?? "?"}`,
  );
  let byteLength = 0;
  let boundaries = 0;
  let tail = Buffer.alloc(0);
  for await (const chunk of request as AsyncIterable<Buffer>) {
    byteLength += chunk.byteLength;
    const seam = Buffer.concat([tail, chunk.subarray(0, boundary.byteLength - 1)]);
    for (let at = seam.indexOf(boundary); at >= 0; at = seam.indexOf(boundary, at + 1)) boundaries++;
    for (let at = chunk.indexOf(boundary); at >= 0; at = chunk.indexOf(boundary, at + 1)) boundaries++;
    tail = Buffer.from(chunk.subarray(Math.max(0, chunk.byteLength - boundary.byteLength + 1)));
  }
  return { byteLength, boundaries };
}

async function write(response: ServerResponse, chunk: string | Buffer): Promise<void> {
  if (!response.write(chunk)) await new Promise((resolve) => response.once("drain", resolve));
}

async function sendJson(response: ServerResponse, count: number, mebibytes: number): Promise<void> {
  response.writeHead(200, { "content-type": "application/json" });
  await write(response, '{"created":1,"data":[');
  for (let index = 0; index < count; index++) {
    await write(response, `${index > 0 ? "," : ""}{"b64_json":"`);
    await write(response, base64Of(mebibytes));
    await write(response, '"}');
  }
  response.end("]}");
}

async function sendEvents(response: ServerResponse, count: number, mebibytes: number): Promise<void> {
  response.writeHead(200, { "content-type": "text/event-stream" });
  for (let index = 0; index < count; index++) {
    await write(
      response,
      'event: image_edit.completed\ndata: {"type":"image_edit.completed","created_at":1,"b64_json":"',
    );
    await write(response, base64Of(mebibytes));
    await write(response, '"}\n\n');
  }
  response.end();
}

const smallResponse = JSON.stringify({ created: 1, data: [{ b64_json: pngOf(2_048).toString("base64") }] });
let log = { posts: 0, chunked: 0, broken: 0 };

const server = createServer({ keepAliveTimeout: 60_000 }, async (request, response) => {
  if (request.url === "/log") {
    response.end(JSON.stringify(log));
    log = { posts: 0, chunked: 0, broken: 0 };
    return;
  }
  const received = await receive(request);
  const announced = request.headers["content-length"];
  const isBroken =
    received.boundaries < 3 || (announced !== undefined && Number(announced) !== received.byteLength);
  log.posts++;
  if (announced === undefined) log.chunked++;
  if (isBroken) {
    log.broken++;
    response.writeHead(400).end(JSON.stringify({ error: { message: "the form is incomplete" } }));
    return;
  }
  const [, seconds, kind = "", count = "1", mebibytes = "1"] =
    /^(?:\/after-(\d+))?\/(small|upload|response-json|response-sse)(?:-(\d+)-(\d+))?\//.exec(
      request.url ?? "",
    ) ?? [];
  if (seconds !== undefined) await pause(Number(seconds) * 1_000);
  if (kind === "response-json") await sendJson(response, Number(count), Number(mebibytes));
  else if (kind === "response-sse") await sendEvents(response, Number(count), Number(mebibytes));
  else response.writeHead(200, { "content-type": "application/json" }).end(smallResponse);
});
server.listen(0, "127.0.0.1", () => process.send?.((server.address() as AddressInfo).port));
process.on("disconnect", () => process.exit(0));
