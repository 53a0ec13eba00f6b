import { readFileSync } from "node:fs";
import { parse } from "yaml";

interface Servers {
  readonly vendors: { readonly OpenAI: { readonly exampleModel: string } };
}

/** Returns OpenAI's example model, so that its name is not repeated here. The embedded mock serves every model. */
export function exampleModel(): string {
  const text = readFileSync(new URL("../../spec/servers.yaml", import.meta.url), "utf8");
  return (parse(text) as Servers).vendors.OpenAI.exampleModel;
}
