import { resolveSettings } from "./config/resolve-settings.ts";
import { startCall } from "./config/start-call.ts";
import type { CallParams, ImageInput, ModelName } from "./edit-params.ts";
import type { EditResult } from "./edit-result.ts";
import type { Problem } from "./errors.ts";
import { failToLoad } from "./fail-to-load.ts";
import type { EditOptions, ImageClientOptions } from "./options.ts";
import type { Platform } from "./platform.ts";
import type { EditEvent, EditRunner } from "./request/run-edit.ts";
import type { Deadline } from "./start-deadline.ts";

/** What preflight found, without anything being sent. */
export interface CheckReport {
  /** Whether `edit` would send: there may be warnings. */
  readonly ok: boolean;
  /** Every error and warning, in the order of the form. */
  readonly problems: readonly Problem[];
}

/** Edits pictures. `Input` is what the entry point can open: on Node paths and addresses too. */
export interface ImageClient<Input = ImageInput> {
  /**
   * Edits one or more pictures and resolves with the results, read into memory.
   *
   * @throws InvalidInputError (`not-sent`) with everything that preflight finds, before a byte leaves.
   * @throws HttpError (`rejected` for 4xx, `unknown` for 5xx), NetworkError, TimeoutError (`not-sent` or `unknown`),
   * InvalidResponseError (`unknown`: it was paid for, and `rawBody()` has it).
   * @example
   * const { images, usage } = await client.edit({ model: "gpt-image-1", image: photo, prompt: "A red hat" });
   * const bytes = await images[0].bytes();
   */
  edit<const M extends ModelName | undefined = undefined>(
    params: CallParams<M, Input>,
    options?: EditOptions,
  ): Promise<EditResult>;
  /**
   * Edits pictures and tells of unfinished ones on the way (`partial_images`). The last event is `completed`.
   *
   * @throws what `edit` throws; a stream that ends without `completed` is an InvalidResponseError (`unknown`).
   * @example
   * for await (const event of client.stream({ ...params, partial_images: 2 })) {
   *   if (event.type === "completed") await save(event.result.images);
   * }
   */
  stream<const M extends ModelName | undefined = undefined>(
    params: CallParams<M, Input>,
    options?: EditOptions,
  ): AsyncGenerator<EditEvent, void, undefined>;
  /**
   * Checks an edit against every limit of its model and the pictures themselves. Sends nothing.
   *
   * @example
   * const { ok, problems } = await client.check(params);
   */
  check<const M extends ModelName | undefined = undefined>(
    params: CallParams<M, Input>,
    options?: EditOptions,
  ): Promise<CheckReport>;
}

/** Builds the client of an entry point on what that brings. */
export function buildImageClient<Input = ImageInput>(
  runtime: Platform,
  options: ImageClientOptions,
): ImageClient<Input> {
  resolveSettings(options, runtime);
  let runner: EditRunner | undefined;

  /** Loads, with the first call and before anything is sent, the code that checks, sends and reads. */
  const start = async (
    params: object,
    given: EditOptions | undefined,
  ): Promise<[EditRunner, Readonly<Record<string, unknown>>, EditOptions, Deadline]> => {
    const call = given ?? {};
    // What is sent is what was checked: each call has its own copy of the parameters from its first moment on.
    const own = { ...params };
    const deadline = startCall(options, call);
    try {
      if (!runner) {
        const loading = import("./request/run-edit.ts").catch(failToLoad);
        const { createEditRunner } = await deadline.race(loading);
        runner ??= createEditRunner(runtime, options);
      }
      return [runner, own, call, deadline];
    } catch (cause) {
      deadline.end();
      if (deadline.isOver()) failToLoad(cause);
      throw cause;
    }
  };

  return {
    async edit(params, given) {
      const [{ edit }, ...call] = await start(params, given);
      return edit(...call);
    },
    async *stream(params, given) {
      const [{ stream }, ...call] = await start(params, given);
      yield* stream(...call);
    },
    async check(params, given) {
      const [{ check }, ...call] = await start(params, given);
      const problems = await check(...call);
      return { ok: problems.every(({ severity }) => severity === "warning"), problems };
    },
  };
}
