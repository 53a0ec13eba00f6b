import { readFileSync } from "node:fs";
import { parse } from "yaml";

interface Spec {
  readonly components: { schemas: { EditFields: { properties: { model: { example: string } } } } };
}

/** Returns the spec's example model, so that its name is not repeated here. */
export function exampleModel(): string {
  const text = readFileSync(new URL("../../spec/openapi.yaml", import.meta.url), "utf8");
  return (parse(text) as Spec).components.schemas.EditFields.properties.model.example;
}
