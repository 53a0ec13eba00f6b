import type { ForwardedBody } from "../page-response.ts";
import type { RequestContext } from "../request-context.ts";
import type { BodyRedactor } from "./redact-body.ts";

/** Forwards every chunk as it arrives. When the page closes the connection, the request to upstream is aborted. */
export function forwardBody(
  chunks: AsyncIterator<Uint8Array>,
  call: RequestContext,
  redactor: BodyRedactor,
  requestId: string | undefined,
): ForwardedBody {
  let isOver = false;
  let isRead = false;
  const end = (type: "completed" | "failed" | "aborted", outcome?: "unknown"): void => {
    if (isOver) return;
    isOver = true;
    call.deadline.end();
    call.report(type, { status: 200, requestId, outcome });
  };
  return {
    async next() {
      try {
        while (!isRead) {
          const { done, value } = await chunks.next();
          isRead = done === true;
          const chunk = isRead ? redactor.end() : redactor.push(value);
          if (chunk.length > 0) return { done: false, value: chunk };
        }
        end("completed");
        return { done: true, value: undefined };
      } catch (error) {
        // Some servers report only through the request's signal that the page closed the connection.
        const isGone = call.deadline.signal.aborted && !call.deadline.isOver();
        end(isGone ? "aborted" : "failed", "unknown");
        throw error;
      }
    },
    async cancel() {
      end("aborted", "unknown");
      await chunks.return?.();
    },
  };
}
