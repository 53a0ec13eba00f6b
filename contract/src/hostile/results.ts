import sharp from "sharp";
import type { Exchange } from "./hostile-server.ts";

const side = 48;
const raw = { width: side, height: side, channels: 3 } as const;
// One pattern in every thread.
const noise = Uint8Array.from(
  { length: side * side * 3 },
  (_, at) => (Math.imul(at + 1, 2_654_435_761) >>> 13) & 255,
);

/** An image of noise, whose base64 is so long that the scanner takes it out of a text. */
export const png = await sharp(noise, { raw }).png().toBuffer();
export const base64 = png.toString("base64");

/** Responds with JSON. */
export function json({ response }: Exchange, body: unknown, status = 200): void {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
}
