import { specModels } from "../../generated/fields.gen.ts";

/** The model of examples in help: the first that the spec knows. */
export const exampleModel = specModels[0]?.name ?? "MODEL";
