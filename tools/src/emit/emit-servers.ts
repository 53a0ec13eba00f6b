import { parseObject } from "../document/parse-object.ts";
import { arrayAt, objectAt, stringAt } from "../json.ts";
import type { JsonObject, Spec } from "../spec-types.ts";
import { generatedHeader } from "./generated-header.ts";
import { printKey, printLiteral } from "./print-literal.ts";

/** Returns the client's and the CLI's `servers.gen.ts` from `spec/servers.yaml`; the CLI's also has models for examples. */
export function emitServers(
  serversText: string,
  spec: Spec,
): { readonly client: string; readonly cli: string } {
  const table = parseObject(serversText, "spec/servers.yaml");
  const defaultName = stringAt(table, "default", "name");
  if (!defaultName)
    throw new Error("spec/servers.yaml has no `default.name`. Add the default server's name.");
  const examples = { default: readExample(spec, objectAt(table, "default"), spec.baseUrl) };
  if (examples.default === undefined)
    throw new Error("spec/servers.yaml has no `default.exampleModel`. Add one of the vendor's models.");
  const seen: string[] = [];
  const rows = Object.entries(objectAt(table, "vendors")).map(([name, row]) => {
    const baseUrl = stringAt(row, "baseUrl");
    const keyPrefixes = arrayAt(row, "keyPrefixes").filter((prefix) => typeof prefix === "string");
    if (!isRoot(baseUrl) || !stringAt(row, "source") || keyPrefixes.length === 0) {
      throw new Error(
        `\`${name}\` in spec/servers.yaml needs \`baseUrl\` (https, without \`/v1\`), \`keyPrefixes\` and \`source\`.`,
      );
    }
    const example = readExample(spec, objectAt(row), baseUrl);
    if (example !== undefined) Object.assign(examples, { [name]: example });
    for (const prefix of keyPrefixes) {
      // Shorter ones, and a bare `sk-`, begin keys of many vendors, those of the default server too.
      if (!/^[\w-]{3,}$/.test(prefix) || prefix === "sk-")
        throw new Error(`The prefix \`${prefix}\` of \`${name}\` in spec/servers.yaml fits too many keys.`);
      const other = seen.find((one) => one.startsWith(prefix) || prefix.startsWith(one));
      if (other !== undefined)
        throw new Error(`spec/servers.yaml has both \`${other}\` and \`${prefix}\`. Keep the shorter one.`);
      seen.push(prefix);
    }
    return `  ${printKey(name)}: ${printLiteral({ baseUrl, keyPrefixes })},\n`;
  });
  const client = `${generatedHeader("emit/emit-servers.ts", "spec/servers.yaml")}/** The name of the spec's server. */
export const defaultServerName = ${JSON.stringify(defaultName)};
/** Vendors whose API keys are recognized by their first characters, by name. */
export const keyVendors = {
${rows.join("")}} as const;
`;
  const cli = `${client}/** Models for help, examples and docs, by the names of their servers. */
export const exampleModels = ${printLiteral(examples)} as const;
`;
  return { client, cli };
}

/** Reads the example model of a server, which must serve it: users copy it. */
function readExample(spec: Spec, row: JsonObject, baseUrl: string | undefined): string | undefined {
  const name = stringAt(row, "exampleModel");
  if (name === undefined) return undefined;
  const model = spec.models.find((one) => one.name === name);
  if (model === undefined)
    throw new Error(
      `\`exampleModel: ${name}\` in spec/servers.yaml is not a model of the spec. Fix the name.`,
    );
  const host = baseUrl === undefined ? undefined : new URL(baseUrl).host;
  const end = model.family.shutdowns.find((shutdown) => shutdown.model === name && shutdown.host === host);
  if (end === undefined) return name;
  const instead = end.replacements.length > 0 ? ` Use ${end.replacements.join(" or ")}.` : "";
  throw new Error(
    `\`exampleModel: ${name}\` in spec/servers.yaml is not served by ${host} from ${end.date} on.${instead}`,
  );
}

function isRoot(baseUrl: string | undefined): boolean {
  // After `/openai` the client adds no version (`versioned` in spec/dialects.yaml).
  const isBare = baseUrl !== undefined && !/\/$|\/openai$|(?<!\/openai)\/v1$/.test(baseUrl);
  return isBare && /^https:\/\/[\w./-]+$/.test(baseUrl);
}
