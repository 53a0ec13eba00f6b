import { modelNames, shutdowns } from "../generated/spec.gen.ts";
import { jsonAnswer, type MockAnswer } from "../mock-exchange.ts";
import { ApiError } from "../request/api-error.ts";

/** Lists the models of the spec, or describes one, as `GET /v1/models` does. */
export function modelsAnswer(name: string): MockAnswer {
  if (name === "") return jsonAnswer(200, { object: "list", data: modelNames.map(describeModel) });
  const model = modelNames.find((known) => known === name);
  if (model !== undefined) return jsonAnswer(200, describeModel(model));
  throw new ApiError(404, {
    message: `The model \`${name.slice(0, 80)}\` does not exist.`,
    param: "model",
    code: "model_not_found",
  });
}

function describeModel(id: string) {
  const date = shutdowns.find(({ model }) => model === id)?.date;
  const shutdown = date === undefined ? {} : { shutdown_date: date };
  return { id, object: "model", created: 0, owned_by: "retouch-mock", ...shutdown };
}
