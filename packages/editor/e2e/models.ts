import { limitsOf, modelNames } from "@retouch/client/models";
import { firstModel } from "../src/form/model-choices.ts";

const rulesOf = (model: string, field: string) => limitsOf(model).fields[field] ?? [];
const promptLimitOf = (model: string) =>
  Math.min(...rulesOf(model, "prompt").map(({ maxLength }) => maxLength ?? Number.POSITIVE_INFINITY));

/** The model that takes the shortest prompts, and how long they may be. */
export const [strictModel = ""] = modelNames.toSorted((a, b) => promptLimitOf(a) - promptLimitOf(b));
export const longestPrompt = promptLimitOf(strictModel);
/** Its sizes, as the page shows them. */
export const strictSizes = rulesOf(strictModel, "size")[0]?.enum?.map((size) =>
  String(size).replace("x", " × "),
);

/** The most images of an edit with the model that is chosen at first. */
export const mostImages = Math.max(...limitsOf(firstModel).image.flatMap(({ maxCount }) => maxCount ?? []));

/** A model that the server is going to shut down, which is a notice. */
export const [endingModel = ""] = modelNames
  .filter((model) => limitsOf(model).shutdowns.length > 0)
  .slice(-1);
