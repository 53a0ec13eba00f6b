import { usageError } from "../errors/cli-error.ts";
import { nearestWord } from "../errors/did-you-mean.ts";
import { specModels } from "../generated/fields.gen.ts";

/**
 * Settles the model: no model is a default, because which ones a server has is not ours to guess.
 *
 * @throws CliError, exit code 2, without one.
 */
export function chooseModel(flag: string | undefined, variable: string | undefined): string {
  const model = flag ?? variable;
  if (model !== undefined) return model;
  throw usageError(
    "No model is given. Choose one with `-m MODEL`, or set RETOUCH_MODEL. `retouch models` lists those we know.",
  );
}

/** Says that a model may be mistyped: any name is sent, but a near miss of a known one is worth a word. */
export function modelNote(model: string): string | undefined {
  const names = specModels.map(({ name }) => name);
  if (names.includes(model)) return undefined;
  const near = nearestWord(model, names);
  const isNear = near !== undefined && near.length > 3 && Math.abs(near.length - model.length) < 3;
  return isNear
    ? `\`${model}\` is no model we know, so its limits are not checked. Did you mean \`${near}\`?`
    : undefined;
}
