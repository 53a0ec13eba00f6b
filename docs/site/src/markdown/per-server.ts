import {
  defaultServerName,
  exampleModels,
  keyVendors,
} from "../../../../packages/cli/src/generated/servers.gen.ts";
import { defaultBaseUrl } from "../../../../packages/client/src/generated/endpoint.gen.ts";
import { codeLines } from "./sections.ts";

/** A server whose key a reader may have, with a model that it serves. */
export interface ReaderServer {
  readonly name: string;
  readonly baseUrl: string;
  readonly model: string;
}

/** The default server first, then every vendor of `spec/servers.yaml` that has a model for examples. */
export const readerServers: readonly ReaderServer[] = Object.entries(exampleModels).map(([name, model]) =>
  name === "default"
    ? { name: defaultServerName, baseUrl: defaultBaseUrl, model }
    : { name, baseUrl: keyVendors[name as keyof typeof keyVendors].baseUrl, model },
);
const [defaultServer] = readerServers as [ReaderServer, ...ReaderServer[]];

const group = /^::: code-group\n(.*?)^:::$/gms;
const tab = /^(`{3,}\w+) \[([^\]]+)\]\n(.*?)^`{3,}$/gms;
/** A model is a word of its own: `gpt-image-1` is a part of other names. */
const defaultModel = new RegExp(
  `(?<![\\w.-])${defaultServer.model.replaceAll(".", "\\.")}(?![\\w-]|\\.\\d)`,
  "g",
);

/** Fills in `%model%` and `%baseUrl%` for a server; the default server's model in code of a README becomes its own. */
export function fillIn(code: string, server: ReaderServer = defaultServer): string {
  return code
    .replaceAll("%baseUrl%", server.baseUrl)
    .replaceAll("%model%", server.model)
    .replaceAll(defaultModel, server.model);
}

/** Asks for tabs above each block of code that names the default server's model. */
export function markServers(lines: readonly string[]): string[] {
  return lines
    .join("\n")
    .replaceAll(/^```\w+\n.*?^```$/gms, (block) =>
      fillIn(block, readerServers[1]) === block ? block : `<!-- per server -->\n${block}`,
    )
    .split("\n");
}

/**
 * Replaces each block of code below `<!-- per server -->` by a tab for each server, since each serves other models, and
 * fills in the default server in other code. Code in `md` shows how to write this.
 *
 * @throws Error when no block follows, or the tabs would all be the same.
 */
export function expandServers(page: string, name: string): string {
  const blocks = /^(<!-- per server -->\n+)?( *)(`{3,})(\w*)\n(.*?)^\2\3$/gms;
  const expanded = page.replaceAll(
    blocks,
    (block, directive, indent: string, fence: string, language: string, code: string) => {
      if (language === "md") return block;
      if (directive === undefined) return `${indent}${fence}${language}\n${fillIn(code)}${indent}${fence}`;
      const codes = readerServers.map((server) => fillIn(code, server));
      if (new Set(codes).size === 1)
        throw new Error(
          `Code below \`<!-- per server -->\` of ${name} is the same for each server:\n${code}`,
        );
      const tabs = readerServers.map(
        (server, at) => `${fence}${language} [${server.name}]\n${codes[at]}${fence}\n`,
      );
      return `::: code-group\n${tabs.join("")}:::`;
    },
  );
  const isCode = codeLines(expanded.split("\n"));
  if (expanded.split("\n").some((line, at) => line === "<!-- per server -->" && !isCode[at]))
    throw new Error(`${name} has no code below \`<!-- per server -->\`.`);
  return expanded;
}

/** Writes tabs as text: short ones below each other; of long ones, the first, and what differs in the others. */
export function flattenServers(text: string): string {
  return text.replaceAll(group, (_, body: string) => {
    const tabs = [...body.matchAll(tab)].map(([, open = "", server = "", code = ""]) => ({
      open,
      server,
      code,
    }));
    const [first] = tabs;
    if (first === undefined) return body;
    const fence = /^`+/.exec(first.open)?.[0] ?? "";
    const isLong = first.code.split("\n").length > 8;
    const shown = isLong ? [first] : tabs;
    const blocks = shown.map(({ open, server, code }) => `For ${server}:\n\n${open}\n${code}${fence}\n`);
    const others = readerServers
      .filter(({ name }) => isLong && name !== first.server)
      .map(({ name, model }) => `For ${name}, write \`${model}\` instead of \`${defaultServer.model}\`.\n`);
    return [...blocks, ...others].join("\n").trimEnd();
  });
}
