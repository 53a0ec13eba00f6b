import { modelNames, shutdowns } from "../generated/spec.gen.ts";
import type { MockResponse } from "../mock-exchange.ts";
import { apiError } from "../request/error-table.ts";
import { bodyResponse } from "./build-body.ts";

/** Returns the response of `GET /v1/models`: the models of the spec, or one of them. */
export function modelsResponse(name: string): MockResponse {
  if (name === "") return bodyResponse("ModelList", { data: modelNames.map(toModel) });
  const model = modelNames.find((known) => known === name);
  if (model !== undefined) return bodyResponse("Model", toModel(model));
  throw apiError("noModel", { values: { model: name.slice(0, 80) }, param: "model" });
}

function toModel(id: string) {
  const date = shutdowns.find(({ model }) => model === id)?.date;
  const shutdown = date === undefined ? {} : { shutdown_date: date };
  return { id, created: 0, owned_by: "retouch-mock", ...shutdown };
}
