import { readFileSync } from "node:fs";
import { parse } from "yaml";

interface Spec {
  readonly components: { schemas: { EditFields: { properties: { model: { example: string } } } } };
}

/** Gives the model that the spec gives as its example, so that no name is typed a second time. */
export function exampleModel(): string {
  const text = readFileSync(new URL("../../spec/openapi.yaml", import.meta.url), "utf8");
  return (parse(text) as Spec).components.schemas.EditFields.properties.model.example;
}
