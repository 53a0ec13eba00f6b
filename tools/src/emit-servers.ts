import { parseObject } from "./build-spec.ts";
import { generatedHeader } from "./generated-header.ts";
import { arrayAt, objectAt, stringAt } from "./json.ts";
import { printKey, printLiteral } from "./print-literal.ts";
import type { JsonObject, Spec } from "./spec-types.ts";

/** The two texts of `servers.gen.ts`. */
interface ServerTexts {
  /** What a client checks keys by. */
  client: string;
  /** The same, and the models of examples. */
  cli: string;
}

/** Writes `servers.gen.ts` of the client and of the CLI from `spec/servers.yaml`. */
export function emitServers(serversText: string, spec: Spec): ServerTexts {
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
  const client = `${generatedHeader("emit-servers.ts", "spec/servers.yaml")}/** The name of the spec's server. */
export const defaultServerName = ${JSON.stringify(defaultName)};
/** Vendors whose API keys are recognized by their first characters, by name. */
export const keyVendors = {
${rows.join("")}} as const;
`;
  return {
    client,
    cli: `${client}/** Models for help, examples and docs, by the names of their servers. */
export const exampleModels = ${printLiteral(examples)} as const;
`,
  };
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
  return baseUrl !== undefined && /^https:\/\/[\w./-]+$/.test(baseUrl) && !/\/$|\/v1$/.test(baseUrl);
}
