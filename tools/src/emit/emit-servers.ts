import { parseObject } from "../document/parse-object.ts";
import { arrayAt, objectAt, stringAt } from "../json.ts";
import { generatedHeader } from "./generated-header.ts";
import { printKey, printLiteral } from "./print-literal.ts";

/** Returns the text of `servers.gen.ts`, the same for the client and the CLI, from `spec/servers.yaml`. */
export function emitServers(serversText: string): string {
  const table = parseObject(serversText, "spec/servers.yaml");
  const defaultName = stringAt(table, "default", "name");
  if (!defaultName)
    throw new Error("spec/servers.yaml has no `default.name`. Add the default server's name.");
  const seen: string[] = [];
  const rows = Object.entries(objectAt(table, "vendors")).map(([name, row]) => {
    const baseUrl = stringAt(row, "baseUrl");
    const keyPrefixes = arrayAt(row, "keyPrefixes").filter((prefix) => typeof prefix === "string");
    if (!isRoot(baseUrl) || !stringAt(row, "source") || keyPrefixes.length === 0) {
      throw new Error(
        `\`${name}\` in spec/servers.yaml needs \`baseUrl\` (https, without \`/v1\`), \`keyPrefixes\` and \`source\`.`,
      );
    }
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
  return `${generatedHeader("emit/emit-servers.ts", "spec/servers.yaml")}/** The name of the spec's server. */
export const defaultServerName = ${JSON.stringify(defaultName)};
/** Vendors whose API keys are recognized by their first characters, by name. */
export const keyVendors = {
${rows.join("")}} as const;
`;
}

function isRoot(baseUrl: string | undefined): boolean {
  return baseUrl !== undefined && /^https:\/\/[\w./-]+$/.test(baseUrl) && !/\/$|\/v1$/.test(baseUrl);
}
