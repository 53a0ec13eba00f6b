import { task } from "./contender.ts";

const boundary = "retouch-7d1f0123456789abcdef0123456789abcd";
const field = (name: string, more = "") =>
  `--${boundary}\r\nContent-Disposition: form-data; name="${name}"${more}\r\n`;

export const leastContentType = `multipart/form-data; boundary=${boundary}`;

/** Encodes the form of a small edit by hand: all but its last boundary, and that. */
export function encodeLeastForm(image: Uint8Array): [form: Buffer, end: Buffer] {
  const head = `${field("model")}\r\n${task.model}\r\n${field("prompt")}\r\n${task.prompt}\r\n${field("image", '; filename="image.png"')}Content-Type: image/png\r\n\r\n`;
  return [Buffer.concat([Buffer.from(head), image]), Buffer.from(`\r\n--${boundary}--\r\n`)];
}
