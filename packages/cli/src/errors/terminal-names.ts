import { codeNames, type MessageNames } from "@retouch/client/node";
import { specFields } from "../generated/fields.gen.ts";

/** Names of the client's options on the command line; the others have none. */
const options: Readonly<Record<string, string>> = {
  apiKey: "the key",
  baseUrl: "--base-url",
  timeoutMs: "--timeout",
  allowInsecureHttp: "--insecure-http",
  query: "--query",
  headers: "--header",
  dialect: "--dialect",
  "dialect.preset": "--dialect",
  "dialect.path": "--path",
  "dialect.task": "--dialect",
  "dialect.keyHeader": "--key-header",
  limitsLike: "--limits-like",
  extra: "--param",
  responseFile: "the response file",
  directory: "the output directory",
};

/** The names of the command line: a field is its flag, and an option of the client is a flag or a setting. */
export const terminalNames: MessageNames = {
  field(name) {
    const flag = specFields.find((field) => field.name === name && field.type !== "files")?.flag;
    return codeNames.field(flag ?? name.replace(/^extra\./, "--param "));
  },
  api(name, value) {
    const option = options[name];
    if (!option?.startsWith("--")) return option;
    return codeNames.field(value === undefined ? option : `${option} ${value}`);
  },
};

/** The names in a manifest, whose columns are named as the fields are. */
export const manifestNames: MessageNames = { ...terminalNames, field: codeNames.field };

/** Returns the names of the command line with those of the settings that the options of a client were chosen from. */
export function connectionNames(settings: Readonly<Record<string, string>>): MessageNames {
  return {
    ...terminalNames,
    api: (name, value) =>
      value === undefined && Object.hasOwn(settings, name) ? settings[name] : terminalNames.api(name, value),
  };
}
