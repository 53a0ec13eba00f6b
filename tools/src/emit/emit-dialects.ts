import { parseObject } from "../document/parse-object.ts";
import { arrayAt, isObject, objectAt, stringAt } from "../json.ts";
import type { Json, JsonObject } from "../spec-types.ts";
import { generatedHeader } from "./generated-header.ts";
import { printKey, printLiteral, printPattern } from "./print-literal.ts";

/** A server, or a family of them, that `spec/dialects.yaml` describes. */
export interface DialectEntry {
  readonly name: string;
  readonly title: string;
  /** An example for a server that users run themselves; the URL of any other. */
  readonly baseUrl: string | undefined;
  readonly dialect: JsonObject;
  readonly notes: string | undefined;
  readonly source: string;
  readonly unverified: string | undefined;
}

const members = [
  "title",
  "baseUrl",
  "ownServer",
  "dialect",
  "keyHeader",
  "query",
  "example",
  "notes",
  "source",
  "unverified",
];

/**
 * Reads the entries of `spec/dialects.yaml`. Their header for the key and their query are part of the dialect.
 *
 * @throws Error that names the entry and what is wrong with it
 */
export function readDialects(dialectsText: string): DialectEntry[] {
  const table = parseObject(dialectsText, "spec/dialects.yaml");
  return Object.entries(objectAt(table, "dialects")).map(([name, row]) => {
    const fail = (problem: string): Error =>
      new Error(`\`dialects.${name}\` in spec/dialects.yaml ${problem}.`);
    if (!/^[a-z][a-z0-9-]+$/.test(name)) throw fail("must be named in lower case, with hyphens");
    const unknown = Object.keys(objectAt(row)).find((key) => !members.includes(key));
    if (unknown !== undefined) throw fail(`has \`${unknown}\`, which is not one of ${members.join(", ")}`);
    const title = stringAt(row, "title");
    const source = stringAt(row, "source");
    if (!title || !source) throw fail("needs `title` and `source`");
    const baseUrl = stringAt(row, "baseUrl");
    const isOwn = objectAt(row)["ownServer"] === true;
    if (isOwn ? baseUrl !== undefined : !/^https:\/\/[\w./-]+[\w]$/.test(baseUrl ?? ""))
      throw fail("needs either `baseUrl` (https, without a slash at its end) or `ownServer: true`");
    const own = objectAt(row)["dialect"];
    if (!isObject(own)) throw fail("needs `dialect`, which may be `{}`");
    const keyHeader = stringAt(row, "keyHeader");
    const query = objectAt(row, "query");
    const dialect: JsonObject = {
      ...own,
      ...(keyHeader !== undefined && { keyHeader }),
      ...(Object.keys(query).length > 0 && { query }),
    };
    const [notes, unverified] = [stringAt(row, "notes"), stringAt(row, "unverified")];
    return { name, title, baseUrl, dialect, notes, source, unverified };
  });
}

/** Returns the client's tables of dialects: the names, which a page has at its start, the presets, and rules for base URLs. */
export function emitDialects(dialectsText: string): {
  readonly names: string;
  readonly presets: string;
  readonly baseUrls: string;
} {
  const entries = readDialects(dialectsText);
  const header = generatedHeader("emit/emit-dialects.ts", "spec/dialects.yaml");
  const names = `${header}/** The names of the presets of \`dialect\`. */
export const dialectNames = ${printLiteral(entries.map(({ name }) => name))} as const;
/** The name of a preset of \`dialect\`: a server, or a family of them. */
export type DialectName = (typeof dialectNames)[number];
`;
  const rows = entries.map(({ name, title, baseUrl, dialect }) => {
    // A placeholder in capitals is part of an example, not a server to compare with.
    const url = baseUrl === undefined || /[A-Z]{2}/.test(baseUrl) ? undefined : baseUrl;
    return `  ${printKey(name)}: ${printLiteral({ title, baseUrl: url, dialect })},\n`;
  });
  const presets = `${header}import type { DialectPreset } from "../dialect.ts";
import type { DialectName } from "./dialect-names.gen.ts";

/** The presets of \`dialect\`, by name. */
export const dialects: Readonly<Record<DialectName, DialectPreset>> = {
${rows.join("")}};
`;
  const table = parseObject(dialectsText, "spec/dialects.yaml");
  const endings = texts(arrayAt(table, "versioned", "endings"));
  const pasted = texts(arrayAt(table, "pastedQuery", "names"));
  if (endings.length === 0 || pasted.length === 0)
    throw new Error("spec/dialects.yaml needs `versioned.endings` and `pastedQuery.names`.");
  const ends = endings.map((ending) => {
    if (!/^\/[\w{}-]+$/.test(ending))
      throw new Error(
        `\`versioned.endings\` in spec/dialects.yaml has \`${ending}\`. Give one segment of a path, such as \`/v{digits}\`.`,
      );
    return ending.slice(1).replaceAll("{digits}", "\\d+");
  });
  const baseUrls = `${header}/** What the path of a base URL may end with so that no version is added after it. */
export const versionedEnd = ${printPattern(`/(?:${ends.join("|")})$`)};
/** The query parameters that a pasted endpoint may have. */
export const pastedQueryNames: readonly string[] = ${printLiteral(pasted)};
`;
  return { names, presets, baseUrls };
}

function texts(values: readonly Json[]): string[] {
  return values.filter((value) => typeof value === "string");
}
