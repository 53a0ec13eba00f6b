import type { RequestContext } from "../request-context.ts";
import type { BodyRedactor } from "./redact-body.ts";

/** Forwards every chunk as it arrives. When the page closes the connection, the request to upstream is aborted. */
export function forwardBody(
  chunks: AsyncIterator<Uint8Array>,
  call: RequestContext,
  redactor: BodyRedactor,
  requestId: string | undefined,
): ReadableStream<Uint8Array> {
  let isOver = false;
  const end = (type: "completed" | "failed" | "aborted", outcome?: "unknown"): void => {
    if (isOver) return;
    isOver = true;
    call.deadline.end();
    call.report(type, { status: 200, requestId, outcome });
  };
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      try {
        let chunk: Uint8Array;
        do {
          const { done, value } = await chunks.next();
          if (done) {
            const last = redactor.end();
            if (last.length > 0) controller.enqueue(last);
            end("completed");
            return controller.close();
          }
          chunk = redactor.push(value);
        } while (chunk.length === 0);
        controller.enqueue(chunk);
      } catch (error) {
        // Some servers report only through the request's signal that the page closed the connection.
        const isGone = call.deadline.signal.aborted && !call.deadline.isOver();
        end(isGone ? "aborted" : "failed", "unknown");
        controller.error(error);
      }
    },
    async cancel() {
      end("aborted", "unknown");
      await chunks.return?.();
    },
  });
}
