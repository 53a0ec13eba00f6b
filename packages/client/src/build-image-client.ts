import { answerOptions } from "./answer-options.ts";
import { createEditRoad, type EditRoad, type LooseParams } from "./create-edit-road.ts";
import type { EditParams, ImageInput, ModelName } from "./edit-params.ts";
import type { EditResult } from "./edit-result.ts";
import type { Problem } from "./errors.ts";
import type { EditOptions, ImageClientOptions } from "./options.ts";
import { readAnswer } from "./read-answer.ts";
import type { Runtime } from "./runtime.ts";

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
    params: { readonly model?: M } & EditParams<NoInfer<M>, Input>,
    options?: EditOptions,
  ): Promise<EditResult>;
  /**
   * Checks an edit against every limit of its model and the pictures themselves. Sends nothing.
   *
   * @example
   * const { ok, problems } = await client.check(params);
   */
  check<const M extends ModelName | undefined = undefined>(
    params: { readonly model?: M } & EditParams<NoInfer<M>, Input>,
    options?: EditOptions,
  ): Promise<CheckReport>;
}

/** Builds the client of an entry point on what that brings. */
export function buildImageClient<Input = ImageInput>(
  runtime: Runtime,
  options: ImageClientOptions,
): ImageClient<Input> {
  const road = createEditRoad(runtime, options);
  return {
    edit: (params, call = {}) => edit(road, params as LooseParams, call),
    async check(params, call = {}) {
      const problems = await road.check(params as LooseParams, call);
      return { ok: problems.every(({ severity }) => severity === "warning"), problems };
    },
  };
}

async function edit(road: EditRoad, params: LooseParams, call: EditOptions): Promise<EditResult> {
  const arrival = await road.send(params, call);
  try {
    const { rawBody: _, ...result } = await readAnswer(arrival.response.body, answerOptions(arrival));
    return { ...result, warnings: [...arrival.warnings, ...result.warnings] };
  } catch (error) {
    throw arrival.describe(error);
  } finally {
    await arrival.end();
  }
}
