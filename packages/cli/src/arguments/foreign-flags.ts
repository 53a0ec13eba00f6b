import type { OptionDefinition } from "./command-definition.ts";

/** Names that other SDKs and command lines have for our options, in lower case and without separators. */
const foreignNames: Readonly<Record<string, { readonly flag: string; readonly value?: string }>> = {
  baseurl: { flag: "base-url" },
  url: { flag: "base-url" },
  endpoint: { flag: "base-url" },
  apibase: { flag: "base-url" },
  apiurl: { flag: "base-url" },
  server: { flag: "base-url" },
  host: { flag: "base-url" },
  apiversion: { flag: "query", value: "api-version=VERSION" },
  organization: { flag: "header", value: "openai-organization:ID" },
  project: { flag: "header", value: "openai-project:ID" },
  preset: { flag: "dialect" },
  provider: { flag: "dialect" },
};

/** Returns the message for an option that has another name here, or `undefined` if the arguments have none. */
export function foreignFlag(
  options: readonly OptionDefinition[],
  args: readonly string[],
): string | undefined {
  const own = new Set(options.map(({ flag }) => flag));
  for (const arg of args) {
    if (arg === "--") return undefined;
    const name = /^--([a-z][\w-]*)(?==|$)/i.exec(arg)?.[1];
    if (name === undefined || own.has(name)) continue;
    const key = name.toLowerCase().replaceAll(/[-_]/g, "");
    const found = Object.hasOwn(foreignNames, key) ? foreignNames[key] : undefined;
    if (found === undefined || !own.has(found.flag)) continue;
    const value = found.value === undefined ? "" : ` ${found.value}`;
    return `There is no \`--${name}\`. Did you mean \`--${found.flag}${value}\`?`;
  }
  return undefined;
}
