import type { Deadline } from "./async/deadline.ts";
import { resolveSettings, type Settings } from "./config/resolve-settings.ts";
import { startCall } from "./config/start-call.ts";
import type { ImageInput } from "./edit-params.ts";
import { throwImportError } from "./errors/import-error.ts";
import type { ImageClient } from "./image-client.ts";
import { lateCode } from "./late-code.ts";
import type { EditOptions, ImageClientOptions } from "./options.ts";
import type { Platform } from "./platform.ts";
import type { EditOperations } from "./request/run-edit.ts";

/**
 * Creates a client for any runtime that has `fetch`.
 *
 * @throws ConfigurationError (`not-sent`) for options that cannot work, or that would expose the key.
 * @example
 * const client = createImageClient({ apiKey });
 * const { images } = await client.edit({ model: "gpt-image-1", image: photo, prompt: "A red hat" });
 */
export function createImageClient(options: ImageClientOptions = {}): ImageClient {
  return createClient({}, resolveSettings(options, {}));
}

/** Creates the client of an entry point on its platform. */
export function createClient<Input = ImageInput>(platform: Platform, settings: Settings): ImageClient<Input> {
  let operations: EditOperations | undefined;

  /** Starts a call. The first one loads the code that checks, sends and reads, before anything is sent. */
  const start = async (
    params: object,
    callOptions: EditOptions | undefined,
  ): Promise<[EditOperations, Readonly<Record<string, unknown>>, EditOptions, Deadline]> => {
    // Not a default parameter: callers without types pass `null`.
    const options = callOptions ?? {};
    // Copied before the first wait, so that what is sent is what was checked.
    const paramsCopy = { ...params };
    const deadline = startCall(settings.options, options);
    try {
      if (!operations) {
        const loading = Promise.all([import("./request/run-edit.ts"), platform.load?.()]);
        const [{ createEditOperations }, loaded] = await deadline.race(loading.catch(throwImportError));
        operations ??= createEditOperations({ ...platform, ...loaded }, settings, lateCode);
      }
      return [operations, paramsCopy, options, deadline];
    } catch (cause) {
      deadline.end();
      if (deadline.isOver()) throwImportError(cause);
      throw cause;
    }
  };

  return {
    async edit(params, options) {
      const [{ edit }, ...call] = await start(params, options);
      return edit(...call);
    },
    async *stream(params, options) {
      const [{ stream }, ...call] = await start(params, options);
      yield* stream(...call);
    },
    async check(params, options) {
      const [{ check }, ...call] = await start(params, options);
      const problems = await check(...call);
      return { ok: problems.every(({ severity }) => severity === "warning"), problems };
    },
  };
}
