import { isDeepStrictEqual } from "node:util";
import { arrayAt, objectAt, stringAt } from "../../json.ts";
import type { Json, JsonObject } from "../../spec-types.ts";
import { explain, type Rule, refuse, type Verdict } from "../difference.ts";
import type { ExplainProse } from "./prose-rule.ts";

/** Marks that the vendor's editor leaves. Others of its marks state facts: `x-apifox-enum` lists values. */
export const isNoise = (key: unknown): boolean =>
  /^x-(?:apifox-(?:orders|name|folder|status|maintainer|ordering)|run-in-apifox)$/.test(String(key));

export const noise: Verdict = { level: "none", text: "A mark of the vendor's editor." };

/** Explains a mark of the vendor's editor: only its status says something of the operation. */
export function noiseVerdict(key: unknown, current: Json | undefined): Verdict {
  const isEnding = key === "x-apifox-status" && /deprecat|obsolete|offline|retire/i.test(String(current));
  return isEnding ? explain("minor", `Deprecated the operation: its status is ${String(current)}.`) : noise;
}

/** Rules for what stands around the operation. */
export function frameRule(before: JsonObject, after: JsonObject, prose: ExplainProse): Rule {
  return (path, old, current) => {
    const [key, second, third] = path;
    if (isNoise(key) || path.some(isNoise)) return noise;
    switch (key) {
      case "openapi":
        return minorOf(current) === minorOf(old) && minorOf(old) !== undefined
          ? explain("none", `The document follows OpenAPI ${current} instead of ${old}.`)
          : refuse(
              "major",
              `OpenAPI ${String(current)} is read differently from ${String(old)}. Review all of it.`,
            );
      case "info":
        if (/^(?:description|title|summary)$/.test(String(second))) return prose(old, current);
        return /^(?:version|contact|license|termsOfService)$/.test(String(second))
          ? explain("none", `The document's ${String(second)} is replaced by ours, or not used.`)
          : undefined;
      case "tags":
      case "externalDocs":
        return proseVerdict(old, current, prose, "Groups and links of the vendor's pages are not used.");
      case "servers":
        return serverVerdict(before, after, path, third, prose(textsOf(old), textsOf(current)));
      case "security":
        return keyVerdict(before, after);
      case "components":
        if (second !== "securitySchemes") return undefined;
        return path.at(-1) === "description" ? prose(old, current) : keyVerdict(before, after);
      default:
        return undefined;
    }
  };
}

/** `3.0` of `3.0.1`: patches of OpenAPI mean the same. */
const minorOf = (version: Json | undefined): string | undefined =>
  /^3\.[01](?=\.\d+$)/.exec(String(version))?.[0];

/** Joins the texts for people in a value: its own, or those of its members. */
export function textsOf(value: Json | undefined): string {
  if (typeof value === "string") return value;
  if (typeof value !== "object" || value === null) return "";
  return Object.entries(value)
    .filter(([key, child]) => typeof child === "object" || key === "description" || key === "summary")
    .map(([, child]) => textsOf(child))
    .join(". ");
}

/** Explains what is not used, unless its texts may state a fact. */
function proseVerdict(
  old: Json | undefined,
  current: Json | undefined,
  prose: ExplainProse,
  text: string,
): Verdict {
  const verdict = prose(textsOf(old), textsOf(current));
  return verdict?.isRefused ? verdict : explain("none", text);
}

const serversOf = (document: JsonObject): string[] =>
  arrayAt(document, "servers").flatMap((server) => stringAt(server, "url") ?? []);

function serverVerdict(
  before: JsonObject,
  after: JsonObject,
  path: readonly (string | number)[],
  key: string | number | undefined,
  said: Verdict | undefined,
): Verdict | undefined {
  const [old, current] = [serversOf(before), serversOf(after)];
  const [first] = current;
  if (first === undefined)
    return refuse("major", "The document names no server: clients would have no default address.");
  if (first.includes("{") || !/^https?:\/\//.test(first))
    return refuse(
      "major",
      `The server ${first} is not a complete address. Give clients one in spec/overlay.yaml.`,
    );
  if (key === "description" && said?.isRefused) return said;
  if (key === "description" || isNoise(key)) return explain("none", "The name of a server is not used.");
  const trim = (url: string | undefined) => url?.replace(/\/+$/, "");
  if (trim(old[0]) !== trim(first))
    return explain("major", `The default server moved from ${old[0] ?? "none"} to ${first}.`);
  if (old[0] !== first)
    return explain("none", `The default server is written ${first} instead of ${old[0]}: the same address.`);
  const [added, lost] = [
    current.filter((url) => !old.includes(url)),
    old.filter((url) => !current.includes(url)),
  ];
  if (added.length > 0)
    return explain("none", `Also served by ${added.join(", ")}; the default stays ${first}.`);
  if (lost.length > 0)
    return explain("none", `No longer served by ${lost.join(", ")}; the default stays ${first}.`);
  if (isDeepStrictEqual(old, current) && path.length > 2 && key !== "url") return undefined;
  return explain("none", `Servers are listed in another order; the default stays ${first}.`);
}

/** Returns where the key goes: the definition of each scheme that is asked for, in any order. */
function keyPlace(document: JsonObject, operation?: JsonObject): Json {
  const own = arrayAt(operation, "security");
  const asked = own.length > 0 ? own : arrayAt(document, "security");
  return asked.map((alternative) =>
    Object.entries(objectAt(alternative)).map(([name, scopes]) => {
      const {
        description: _description,
        bearerFormat: _format,
        scheme: word,
        ...scheme
      } = objectAt(document, "components", "securitySchemes", name);
      const asked = Array.isArray(scopes) && scopes.length > 0 ? { scopes } : {};
      return { ...scheme, ...(typeof word === "string" ? { scheme: word.toLowerCase() } : {}), ...asked };
    }),
  );
}

export function keyVerdict(
  before: JsonObject,
  after: JsonObject,
  operations?: { before: JsonObject; after: JsonObject },
): Verdict {
  const old = keyPlace(before, operations?.before);
  const current = keyPlace(after, operations?.after);
  if (isDeepStrictEqual(old, current))
    return explain("none", "The key goes where it went; the schemes are only described differently.");
  // An alternative without a scheme asks for nothing.
  if (Array.isArray(current) && current.flat().length === 0)
    return refuse("major", "The document asks for no key any more. Say in spec/overlay.yaml where it goes.");
  const kept = (Array.isArray(old) ? old : []).every((way) =>
    (Array.isArray(current) ? current : []).some((other) => isDeepStrictEqual(way, other)),
  );
  if (kept && Array.isArray(old) && old.length > 0)
    return explain("minor", `The key is taken another way too: ${printKeyPlace(current)}.`);
  return explain(
    "major",
    `The key moved from ${printKeyPlace(old)} to ${printKeyPlace(current)}: clients send \`Authorization: Bearer\`; pass another one in \`headers\`.`,
  );
}

function printKeyPlace(place: Json): string {
  const schemes = (Array.isArray(place) ? place : []).flat();
  const named = schemes.map((scheme) => {
    const [type, name, where] = [stringAt(scheme, "type"), stringAt(scheme, "name"), stringAt(scheme, "in")];
    const scopes = arrayAt(scheme, "scopes").join(", ");
    if (type === "http")
      return `\`Authorization: ${stringAt(scheme, "scheme")}\`${scopes === "" ? "" : ` with the scopes ${scopes}`}`;
    return name === undefined ? (type ?? "an unknown scheme") : `the ${where} \`${name}\``;
  });
  return named.join(" or ") || "nowhere";
}
