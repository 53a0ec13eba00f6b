import { picturesPath } from "./edit/image-store.ts";
import { editPath } from "./generated/spec.gen.ts";

/** The list of models, beside the endpoint: under the same version. */
export const modelsPath = `${/^\/v\d+/.exec(editPath)?.[0] ?? ""}/models`;

/** What the mock answers, as patterns below its root. */
export const servedPaths = [editPath, modelsPath, `${modelsPath}/:model`, `${picturesPath}:picture`] as const;
