/**
 * The other side of every measurement, in a process of its own. It checks what it received (the whole length, every
 * part's boundary) and answers by path: `/small`, `/upload`, `/answer-json-COUNT-MIB`, `/answer-sse-COUNT-MIB`.
 */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

const mebibyte = 1024 * 1024;

/** A PNG head followed by bytes that do not compress: readers of heads are content, and base64 has all its letters. */
function picture(byteLength: number): Buffer {
  const bytes = Buffer.alloc(byteLength);
  for (let at = 0; at < byteLength; at++) bytes[at] = (at * 2_654_435_761) >>> 23;
  Buffer.from("89504e470d0a1a0a0000000d4948445200000400000004000806000000", "hex").copy(bytes);
  return bytes;
}

const encoded = new Map<number, Buffer>();
function base64Of(mebibytes: number): Buffer {
  const known = encoded.get(mebibytes);
  if (known) return known;
  const fresh = Buffer.from(picture(mebibytes * mebibyte).toString("base64"));
  encoded.set(mebibytes, fresh);
  return fresh;
}

interface Received {
  readonly byteLength: number;
  readonly boundaries: number;
  readonly chunked: boolean;
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
  return { byteLength, boundaries, chunked: request.headers["content-length"] === undefined };
}

async function write(response: ServerResponse, piece: string | Buffer): Promise<void> {
  if (!response.write(piece)) await new Promise((resolve) => response.once("drain", resolve));
}

async function answerJson(response: ServerResponse, count: number, mebibytes: number): Promise<void> {
  response.writeHead(200, { "content-type": "application/json" });
  await write(response, '{"created":1,"data":[');
  for (let index = 0; index < count; index++) {
    await write(response, `${index > 0 ? "," : ""}{"b64_json":"`);
    await write(response, base64Of(mebibytes));
    await write(response, '"}');
  }
  response.end("]}");
}

async function answerEvents(response: ServerResponse, count: number, mebibytes: number): Promise<void> {
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

const smallAnswer = JSON.stringify({ created: 1, data: [{ b64_json: picture(2_048).toString("base64") }] });
let last: Received | undefined;

const server = createServer({ keepAliveTimeout: 60_000 }, async (request, response) => {
  if (request.url === "/last") {
    response.end(JSON.stringify(last ?? null));
    return;
  }
  const received = await receive(request);
  last = received;
  const announced = request.headers["content-length"];
  if (received.boundaries < 3 || (announced !== undefined && Number(announced) !== received.byteLength)) {
    response.writeHead(400).end(JSON.stringify({ error: { message: "the form did not arrive whole" } }));
    return;
  }
  const [, kind = "", count = "1", mebibytes = "1"] =
    /^\/(small|upload|answer-json|answer-sse)(?:-(\d+)-(\d+))?\//.exec(request.url ?? "") ?? [];
  if (kind === "answer-json") await answerJson(response, Number(count), Number(mebibytes));
  else if (kind === "answer-sse") await answerEvents(response, Number(count), Number(mebibytes));
  else response.writeHead(200, { "content-type": "application/json" }).end(smallAnswer);
});
server.listen(0, "127.0.0.1", () => process.send?.((server.address() as AddressInfo).port));
process.on("disconnect", () => process.exit(0));
