import type { Deadline } from "../async/deadline.ts";
import type { Settings } from "../config/resolve-settings.ts";
import type { EditResult } from "../edit-result.ts";
import type { EditedImage } from "../edited-image.ts";
import type { EditEvent } from "../image-client.ts";
import type { EditOptions } from "../options.ts";
import type { LateCode, Platform } from "../platform.ts";
import { peekBody } from "../response/peek-body.ts";
import { readJson, readSmallJson } from "../response/read-json.ts";
import type { Result } from "../response/reader-options.ts";
import { sniffBody } from "../response/sniff-body.ts";
import type { EditResponse } from "./edit-response.ts";
import type { EditSender } from "./edit-sender.ts";
import type { RawParams } from "./prepare-edit.ts";
import { createEditSender } from "./send-edit.ts";

/** The calls of one client. Each ends the deadline that it is given. */
export interface EditOperations {
  edit(params: RawParams, call: EditOptions, deadline: Deadline): Promise<EditResult>;
  stream(
    params: RawParams,
    call: EditOptions,
    deadline: Deadline,
  ): AsyncGenerator<EditEvent, void, undefined>;
  readonly check: EditSender["check"];
}

/** Creates the calls of one client. This module is loaded with the first call, together with the code that reads responses. */
export function createEditOperations(
  platform: Platform,
  settings: Settings,
  lateCode: LateCode,
): EditOperations {
  const { check, send } = createEditSender(platform, settings, lateCode);
  const loadEvents = lateCode.events;

  return {
    async edit(params, call, deadline) {
      const isStream = params["stream"] === true;
      return readResult(await send(params, call, deadline, isStream ? loadEvents : undefined), loadEvents);
    },

    async *stream(params, call, deadline) {
      const response = await send({ ...params, stream: true }, call, deadline, loadEvents);
      try {
        yield* readStream(response, await loadEvents());
      } catch (error) {
        throw response.toError(error);
      } finally {
        await response.close();
      }
    },

    check,
  };
}

/** More than a read of a connection on Node is not waited for, but decoded as it arrives. */
const maxSmallBytes = 65_536;

/** Reads a response, events or not, to its end, and closes it. */
export async function readResult(
  response: EditResponse,
  loadEvents: LateCode["events"],
): Promise<EditResult> {
  try {
    const { readerOptions } = response;
    const limit = Math.min(maxSmallBytes, readerOptions.maxAnswerBytes ?? maxSmallBytes);
    const { head, body, isWhole } = await peekBody(
      response.body,
      (start) => (start[0] !== 123 && start[0] !== 91) || start.length > limit,
    );
    if (isWhole && head.length > 0 && head.length <= limit)
      return resultOf(response, await readSmallJson(head, readerOptions));
    const sniffed = await sniffBody(body);
    // A failed import must not lose a response that was streamed without a request for it: `readJson` saves what arrived.
    const events = sniffed.isStream ? await loadEvents().catch(() => undefined) : undefined;
    if (!events) return resultOf(response, await readJson(sniffed.body, response.readerOptions));
    let result: EditResult | undefined;
    for await (const event of readStream({ ...response, body: sniffed.body }, events))
      if (event.type === "completed") result = event.result;
    // `readEvents` throws when it has none.
    if (!result) throw new Error("A stream was read without a result.");
    return result;
  } catch (error) {
    throw response.toError(error);
  } finally {
    await response.close();
  }
}

async function* readStream(
  response: EditResponse,
  { readEvents }: Awaited<ReturnType<LateCode["events"]>>,
): AsyncGenerator<EditEvent, void, undefined> {
  for await (const event of readEvents(response.body, response.readerOptions)) {
    if (event.type === "partial") yield event;
    else yield { type: "completed", result: resultOf(response, event.result) };
  }
}

function resultOf({ warnings }: EditResponse, result: Result<EditedImage>): EditResult {
  return { ...result, warnings: [...warnings, ...result.warnings] };
}

// Late modules import at least one name from here, so that bundlers see that all of this is loaded before them: see
// `late-code.ts`.
export { sleep } from "../async/sleep.ts";
export { encodeBase64 } from "../bytes/base64.ts";
export { readJson } from "../response/read-json.ts";
export { createFetchTransport } from "../transport/fetch-transport.ts";
