import type { Deadline } from "../start-deadline.ts";
import { Refusal } from "./refusal.ts";

/** Checks the announced length before a byte is read. */
export function checkAnnouncedLength(request: Request, maxBodyBytes: number): number | undefined {
  const announced = request.headers.get("content-length");
  if (announced === null) return undefined;
  if (!/^\d{1,15}$/.test(announced)) {
    throw new Refusal(400, "bad_content_length", "`Content-Length` is no number. Send the form again.");
  }
  const byteLength = Number(announced);
  if (byteLength > maxBodyBytes) throw tooLarge(maxBodyBytes);
  return byteLength;
}

/**
 * Reads a form into memory, once and without a copy more than needed, and stops at the first byte over the limit.
 *
 * @throws Refusal 413 over the limit; 400 when it is shorter than announced, as frameworks cut bodies at 4.5 or 10 MB.
 */
export async function readBody(
  request: Request,
  announced: number | undefined,
  maxBodyBytes: number,
  deadline: Deadline,
): Promise<Uint8Array> {
  const reader = request.body?.getReader();
  const pieces: Uint8Array[] = [];
  let byteLength = 0;
  while (reader) {
    const { done, value } = await deadline.race(reader.read());
    if (done) break;
    byteLength += value.byteLength;
    // Left unread, not cancelled: the server drops the rest, and undici throws out of band when a form is cancelled.
    if (byteLength > maxBodyBytes) throw tooLarge(maxBodyBytes);
    pieces.push(value);
  }
  if (announced !== undefined && byteLength !== announced) {
    throw new Refusal(
      400,
      "body_cut",
      `The form is ${byteLength} bytes long, but its \`Content-Length\` says ${announced}. Something before this handler cut it: raise the body limit of your framework or host.`,
    );
  }
  return join(pieces, byteLength);
}

function join(pieces: Uint8Array[], byteLength: number): Uint8Array {
  if (pieces.length === 1 && pieces[0]) return pieces[0];
  const whole = new Uint8Array(byteLength);
  let at = 0;
  // Taken out one by one, so that a piece can be collected as soon as it is copied.
  for (let piece = pieces.shift(); piece; piece = pieces.shift()) {
    whole.set(piece, at);
    at += piece.byteLength;
  }
  return whole;
}

function tooLarge(maxBodyBytes: number): Refusal {
  const mebibytes = maxBodyBytes / 1_048_576;
  const limit = mebibytes >= 1 ? `${Number(mebibytes.toFixed(1))} MB` : `${maxBodyBytes} bytes`;
  return new Refusal(
    413,
    "body_too_large",
    `The form is larger than ${limit}. Send fewer or smaller pictures.`,
  );
}
