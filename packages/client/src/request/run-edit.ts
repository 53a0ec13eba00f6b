import type { Answer } from "../answer.ts";
import { answerOptions } from "../answer-options.ts";
import type { EditResult } from "../edit-result.ts";
import type { EditedImage } from "../edited-image.ts";
import { InvalidResponseError, type Problem } from "../errors.ts";
import { failToLoad } from "../fail-to-load.ts";
import type { EditOptions, ImageClientOptions } from "../options.ts";
import type { Platform } from "../platform.ts";
import { readAnswer } from "../read-answer.ts";
import type { Deadline } from "../start-deadline.ts";
import { type Arrival, createEditRoad, type LooseParams } from "./send-edit.ts";

/** Tells what happens while an edit is streamed: unfinished pictures, then the result. */
export type EditEvent =
  | {
      readonly type: "partial";
      /** The server's number of the unfinished picture, from 0. */
      readonly index: number;
      readonly image: EditedImage;
    }
  | {
      readonly type: "completed";
      readonly result: EditResult;
    };

/** Runs the calls of one client; each takes the deadline that its caller started, and ends it. */
export interface EditRunner {
  edit(params: LooseParams, call: EditOptions, deadline: Deadline): Promise<EditResult>;
  stream(
    params: LooseParams,
    call: EditOptions,
    deadline: Deadline,
  ): AsyncGenerator<EditEvent, void, undefined>;
  check(params: LooseParams, call: EditOptions, deadline: Deadline): Promise<readonly Problem[]>;
}

const loadEvents = () => import("../read-events.ts").catch(failToLoad);

/** Creates what runs edits. It is loaded with a client's first call, with all that reading an answer needs. */
export function createEditRunner(runtime: Platform, options: ImageClientOptions): EditRunner {
  const road = createEditRoad(runtime, options);

  const runner: EditRunner = {
    async edit(params, call, deadline) {
      const isStream = params["stream"] === true;
      const arrival = await road.send(params, call, isStream ? loadEvents : undefined, deadline);
      return finish(arrival, async () => {
        // Code that does not load must not cost an answer that was streamed unasked: `readAnswer` keeps what came.
        const events =
          isStream || isEventStream(arrival) ? await loadEvents().catch(() => undefined) : undefined;
        if (!events) {
          return resultOf(arrival, await readAnswer(arrival.response.body, answerOptions(arrival)));
        }
        let result: EditResult | undefined;
        for await (const event of readStream(arrival, events))
          if (event.type === "completed") result = event.result;
        return result ?? Promise.reject(noResult(arrival));
      });
    },

    async *stream(params, call, deadline) {
      const arrival = await road.send({ ...params, stream: true }, call, loadEvents, deadline);
      try {
        yield* readStream(arrival, await loadEvents());
      } catch (error) {
        throw arrival.describe(error);
      } finally {
        await arrival.end();
      }
    },

    check: road.check,
  };
  return runner;
}

async function finish<T>(arrival: Arrival, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    throw arrival.describe(error);
  } finally {
    await arrival.end();
  }
}

async function* readStream(
  arrival: Arrival,
  { readEvents }: Awaited<ReturnType<typeof loadEvents>>,
): AsyncGenerator<EditEvent, void, undefined> {
  for await (const event of readEvents(arrival.response.body, answerOptions(arrival))) {
    if (event.type === "partial") yield event;
    else yield { type: "completed", result: resultOf(arrival, event.result) };
  }
}

/** Some servers stream unasked: what they send was paid for all the same. */
function isEventStream({ response }: Arrival): boolean {
  return /^text\/event-stream\b/i.test(response.headers.get("content-type") ?? "");
}

function resultOf({ warnings }: Arrival, result: Answer<EditedImage>): EditResult {
  return { ...result, warnings: [...warnings, ...result.warnings] };
}

// readEvents throws its own error before it comes to this.
function noResult({ requestId, idempotencyKey }: Arrival): InvalidResponseError {
  const details = { outcome: "unknown", code: "stream_incomplete", requestId, idempotencyKey } as const;
  return new InvalidResponseError(
    "The stream ended without a picture. The server may have billed this edit.",
    details,
  );
}
