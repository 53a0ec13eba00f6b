import { follow } from "../document/expand-references.ts";
import { methods } from "../document/whole-document.ts";
import { isObject, objectAt } from "../json.ts";
import type { Json, JsonObject } from "../spec-types.ts";
import { diffValues, type VendorDocument } from "./diff-documents.ts";
import { type Difference, explain, toDifference } from "./difference.ts";
import type { ExplainProse } from "./rules/prose-rule.ts";
import { isNoise, noise } from "./rules/rules-frame.ts";
import { typesVerdict } from "./rules/rules-types.ts";

/** Compares the operations other than ours: the plain client has their types. */
export function otherOperations(
  before: VendorDocument,
  after: VendorDocument,
  prose: ExplainProse,
): Difference[] {
  const others = ({ raw, prepared }: VendorDocument): JsonObject =>
    Object.fromEntries(
      Object.entries(objectAt(raw, "paths")).flatMap(([path, item]): [string, Json][] => {
        if (path !== prepared.path || !isObject(item)) return [[path, item]];
        // Parameters and servers of the path are compared as the operation's own, and so is a move.
        const { post: _post, parameters: _parameters, servers: _servers, $ref: _ref, ...rest } = item;
        return [[after.prepared.path, rest]];
      }),
    );
  const [old, current] = [others(before), others(after)];
  const operationsOf = (item: Json | undefined) =>
    methods.filter((method) => isObject(objectAt(item)[method]));
  return diffValues(old, current).map(({ path, before: from, after: to }) => {
    const [name = "", method, ...rest] = path.map(String);
    const item = (to === undefined ? old : current)[name];
    // What stands beside the operations of our path may be said of ours.
    const isOurs = name === after.prepared.path;
    if (isOurs && method !== undefined && !methods.includes(method))
      return toDifference(
        ["paths", ...path],
        from,
        to,
        /^(?:summary|description)$/.test(method) ? prose(from, to) : isNoise(method) ? noise : undefined,
      );
    const isOne = method !== undefined && methods.includes(method);
    const listed = isOne ? [method] : operationsOf(item);
    const what = listed.map((one) => `${one.toUpperCase()} ${name}`).join(", ") || name;
    const isWhole = method === undefined || (isOne && rest.length === 0);
    if (isWhole && from === undefined)
      return toDifference(["paths", ...path], from, to, explain("minor", `Added the types of ${what}.`));
    if (isWhole && to === undefined)
      return toDifference(["paths", ...path], from, to, explain("major", `Removed the types of ${what}.`));
    return toDifference(["paths", ...path], from, to, typesVerdict(what, path.slice(1), from, to));
  });
}

/** Compares the components: what other operations use counts, what ours uses is compared where it is used. */
export function otherComponents(before: VendorDocument, after: VendorDocument): Difference[] {
  const others = ({ raw }: VendorDocument): JsonObject => {
    const { securitySchemes: _schemes, ...rest } = objectAt(raw, "components");
    return rest;
  };
  const [usedBefore, usedAfter] = [before, after].map((one) =>
    componentsOfOthers(one.raw, one.prepared.path),
  ) as [Set<string>, Set<string>];
  return diffValues(others(before), others(after)).flatMap(({ path, before: old, after: current }) => {
    const [kind, name] = path;
    const group = old ?? current;
    // A kind that comes or goes is as many components as it has.
    const isKind = path.length === 1 && isObject(group) && Object.keys(group).length > 0;
    const members = isKind ? Object.keys(group) : [String(name)];
    return members.map((member) => {
      const at = isKind ? [...path, member] : path;
      const one = (value: Json | undefined) =>
        isKind && value !== undefined ? objectAt(value)[member] : value;
      const ref = `#/components/${kind}/${member}`;
      if (String(kind).startsWith("x-") && !isNoise(kind))
        return toDifference(["components", ...at], one(old), one(current), undefined);
      const verdict =
        at.length === 2 && (old === undefined || current === undefined)
          ? wholeVerdict(member, current === undefined && usedAfter.has(ref))
          : usedBefore.has(ref) || usedAfter.has(ref)
            ? typesVerdict(`the component ${member}`, at.slice(2), one(old), one(current))
            : explain("none", compared);
      return toDifference(["components", ...at], one(old), one(current), verdict);
    });
  });
}

const compared = "A component: what the operation uses of it is compared in the operation.";

/** A component says nothing by itself; one that is gone takes the types of what refers to it. */
const wholeVerdict = (name: string, isMissed: boolean) =>
  isMissed
    ? explain("major", `Removed types: other operations refer to ${name}, which is gone.`)
    : explain("none", compared);

/** Collects the references to components that operations other than ours use, directly or through others. */
function componentsOfOthers(raw: JsonObject, ourPath: string): Set<string> {
  const used = new Set<string>();
  const collect = (value: Json | undefined): void => {
    if (typeof value !== "object" || value === null) return;
    const ref = Array.isArray(value) ? undefined : value["$ref"];
    if (typeof ref === "string" && ref.startsWith("#/components/")) {
      const name = ref.split("/").slice(0, 4).join("/");
      if (!used.has(name)) {
        used.add(name);
        collect(follow(raw, name));
      }
    }
    for (const child of Object.values(value)) collect(child);
  };
  for (const [path, item] of Object.entries(objectAt(raw, "paths"))) {
    const { post: _ours, ...rest } = objectAt(item);
    collect(path === ourPath ? rest : item);
  }
  return used;
}
