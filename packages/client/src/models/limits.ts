import {
  fallbackFamily,
  families,
  familyOfModel,
  shutdowns,
  snapshotPattern,
  fieldNames as specFields,
  modelNames as specModels,
} from "../generated/limits.gen.ts";
import type { ModelLimits } from "./limit-types.ts";

/** Every model whose limits are known. Any other name is sent unchanged. */
export const modelNames = specModels;

/** Every field of the form, in the order of the spec. */
export const fieldNames = specFields;

/**
 * Returns the limits of a model. A dated snapshot has those of its model. For an unknown name, or none, they are the
 * limits common to all models.
 *
 * @example
 * limitsOf("gpt-image-1").fields["size"]?.[0]?.enum; // ["auto", "1024x1024", "1536x1024", "1024x1536"]
 */
export function limitsOf(model?: string): ModelLimits {
  const isKnown = (one: string | undefined) => one !== undefined && Object.hasOwn(familyOfModel, one);
  const base = isKnown(model) ? model : model?.replace(snapshotPattern, "");
  const name = isKnown(base) ? base : undefined;
  const family = families[(name === undefined ? undefined : familyOfModel[name]) ?? fallbackFamily];
  if (!family)
    throw new RangeError(`The limits of family \`${fallbackFamily}\` are missing. Run pnpm generate.`);
  return {
    ...family,
    known: name !== undefined,
    shutdowns: (name === undefined ? undefined : shutdowns[name]) ?? [],
  };
}
