import { startDeadline } from "../async/deadline.ts";
import { InvalidResponseError, NetworkError, type RetouchError, TimeoutError } from "../errors/errors.ts";
import { formatOf } from "../media/format.ts";
import { openResult } from "./open-result.ts";
import type { ResultOrigin } from "./result-origin.ts";

/**
 * Fetches a picture from the address that an answer named, without the key. Errors have outcome `unknown`, because the
 * picture was paid for, and never hold the address: it can be signed. An abort throws the signal's reason.
 */
export async function fetchResult(
  address: string,
  from: ResultOrigin,
  signal?: AbortSignal,
): Promise<Uint8Array<ArrayBuffer>> {
  const details = { outcome: "unknown", requestId: from.requestId } as const;
  const fail = (seen: string, code: string, cause?: unknown): RetouchError => {
    const Kind =
      code === "result_url_refused" || code === "result_no_picture" ? InvalidResponseError : NetworkError;
    return new Kind(
      `The picture's address ${seen}. It was paid for, and its address stays on \`image.url\`.`,
      {
        ...details,
        code,
        cause,
      },
    );
  };
  const deadline = startDeadline(from.timeoutMs, signal);
  try {
    const response = await openResult(address, from, deadline, fail);
    const reader = response.body?.getReader();
    const pieces: Uint8Array<ArrayBuffer>[] = [];
    let length = 0;
    for (let step = await deadline.race(reader?.read()); step && !step.done; ) {
      pieces.push(step.value);
      length += step.value.length;
      if (length > from.maxBytes) {
        void reader?.cancel().catch(() => undefined);
        throw fail(`gave more than \`maxAnswerBytes\` (${from.maxBytes})`, "result_too_large");
      }
      step = await deadline.race(reader?.read());
    }
    const bytes = new Uint8Array(length);
    let at = 0;
    for (const piece of pieces) {
      bytes.set(piece, at);
      at += piece.length;
    }
    if (/^(unknown|html|xml|json)$/.test(formatOf(bytes))) throw fail("gave no picture", "result_no_picture");
    return bytes;
  } catch (error) {
    if (deadline.isOver()) {
      throw new TimeoutError(
        `The picture's address gave no picture within ${from.timeoutMs / 1000} s. It was paid for, and its address stays on \`image.url\`. Raise \`timeoutMs\`.`,
        { ...details, code: "result_url_timeout" },
      );
    }
    if (deadline.signal.aborted) throw deadline.signal.reason;
    if (error instanceof NetworkError || error instanceof InvalidResponseError) throw error;
    throw fail(
      "could not be fetched (in a page: its host may not allow other origins)",
      "result_url_failed",
      error,
    );
  } finally {
    deadline.end();
  }
}
