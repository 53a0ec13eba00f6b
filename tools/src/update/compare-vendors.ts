import { type Path, printPath } from "../document/json-path.ts";
import { arrayAt, isObject, objectAt } from "../json.ts";
import type { Json, JsonObject } from "../spec-types.ts";
import { otherComponents, otherOperations } from "./compare-others.ts";
import { diffValues, type RawDifference, type VendorDocument } from "./diff-documents.ts";
import { type Difference, explain, type Rule, toDifference } from "./difference.ts";
import { type ExplainProse, proseRule } from "./rules/prose-rule.ts";
import type { RequestFacts } from "./rules/rules-field.ts";
import { frameRule, isNoise, keyVerdict, noiseVerdict } from "./rules/rules-frame.ts";
import { parameterVerdict } from "./rules/rules-parameter.ts";
import { bodyRule, formRule } from "./rules/rules-request.ts";
import { responseRule } from "./rules/rules-response.ts";

const formType = "multipart/form-data";

/**
 * Lists every difference of two documents of the vendor, each explained by a rule or refused. Our operation is compared
 * with its references followed; what is left of the raw documents means the same, or belongs to other operations.
 */
export function compareVendors(
  before: VendorDocument,
  after: VendorDocument,
  facts: RequestFacts,
  knownWords: ReadonlySet<string>,
): Difference[] {
  const prose = proseRule(knownWords);
  const at: Path = ["paths", after.prepared.path, "post"];
  const [old, current] = [before.prepared.operation, after.prepared.operation];
  const rule = operationRule(before, after, facts, prose);
  const found = diffValues(old, current).flatMap((one) => classify(one, rule, at));
  const moved: Difference[] =
    before.prepared.path === after.prepared.path
      ? []
      : [
          // Refused by the overlay's targets, until they follow.
          toDifference(
            ["paths"],
            before.prepared.path,
            after.prepared.path,
            explain("major", `The path moved from ${before.prepared.path} to ${after.prepared.path}.`),
          ),
        ];
  const frame = frameRule(before.raw, after.raw, prose);
  const around = diffValues(frameOf(before.raw), frameOf(after.raw)).flatMap((one) =>
    classify(one, frame, []),
  );
  const reported = [...moved, ...around, ...found];
  return [
    ...reported,
    ...otherOperations(before, after, prose),
    ...otherComponents(before, after),
    ...writtenDifferently(before, after, found),
  ];
}

/** Asks the rule for a difference; what is added or removed as a whole and has no rule is explained member by member. */
function classify({ path, before, after }: RawDifference, rule: Rule, at: Path): Difference[] {
  const verdict = rule(path, before, after);
  const whole = before ?? after;
  const isWhole = (before === undefined) !== (after === undefined);
  // An extension, or an unknown member of the document, is reviewed as a whole: nothing here knows what its members mean.
  const isForeign =
    path.some((key) => String(key).startsWith("x-")) ||
    (at.length === 0 && path.length === 1 && !["info", "components"].includes(String(path[0])));
  const hasMembers =
    !isForeign && typeof whole === "object" && whole !== null && Object.keys(whole).length > 0;
  if (verdict || !isWhole || !hasMembers) return [toDifference([...at, ...path], before, after, verdict)];
  return Object.entries(whole).flatMap(([key, value]) =>
    classify(
      {
        path: [...path, Array.isArray(whole) ? Number(key) : key],
        before: before === undefined ? undefined : value,
        after: after === undefined ? undefined : value,
      },
      rule,
      at,
    ),
  );
}

function operationRule(
  before: VendorDocument,
  after: VendorDocument,
  facts: RequestFacts,
  prose: ExplainProse,
): Rule {
  const form = formRule(facts, prose);
  const body = bodyRule(prose, facts);
  const response = responseRule(prose);
  const operations = { before: before.prepared.operation, after: after.prepared.operation };
  const schemaPath = ["content", formType, "schema"];
  return (path, old, current) => {
    const [key, ...rest] = path;
    if (isNoise(key)) return noiseVerdict(key, current);
    switch (key) {
      case "requestBody":
        return rest.length > schemaPath.length && schemaPath.every((step, index) => rest[index] === step)
          ? form(rest.slice(schemaPath.length), old, current)
          : body(rest, old, current);
      case "responses":
        return response(rest, old, current);
      case "parameters": {
        if (rest.length === 0)
          return Array.isArray(old) && Array.isArray(current)
            ? explain("none", "Parameters are listed in another order.")
            : undefined;
        const parameterOf = (operation: JsonObject) =>
          objectAt(arrayAt(operation, "parameters")[Number(rest[0])]);
        const parameter = {
          before: rest.length === 1 ? objectAt(old) : parameterOf(operations.before),
          after: rest.length === 1 ? objectAt(current) : parameterOf(operations.after),
        };
        return rest.at(-1) === "description"
          ? prose(old, current)
          : parameterVerdict(rest, old, current, parameter);
      }
      case "security":
        return keyVerdict(before.raw, after.raw, operations);
      case "servers":
        return frameRule(before.prepared.document, after.prepared.document, prose)(path, old, current);
      case "summary":
      case "description":
        return prose(old, current);
      case "deprecated":
        return current === true
          ? explain("minor", "Deprecated the operation.")
          : explain("patch", "The operation is no longer deprecated.");
      case "tags":
      case "operationId":
      case "externalDocs":
        return explain("none", `The operation's ${key} is replaced by ours, or not used.`);
      default:
        return undefined;
    }
  };
}

/** Returns a document without paths and components other than the schemes of the key. */
function frameOf({ paths: _paths, components, ...rest }: JsonObject): JsonObject {
  const { securitySchemes } = objectAt(components);
  return { ...rest, ...(securitySchemes === undefined ? {} : { components: { securitySchemes } }) };
}

/** Finds what the raw operations have differently without meaning anything else: references, `allOf`, shared parameters. */
function writtenDifferently(
  before: VendorDocument,
  after: VendorDocument,
  found: readonly Difference[],
): Difference[] {
  const itemOf = ({ raw, prepared }: VendorDocument): Json => {
    const item = objectAt(raw, "paths")[prepared.path];
    if (!isObject(item)) return {};
    const { post, parameters, servers, $ref } = item;
    return Object.fromEntries(
      Object.entries({ post, parameters, servers, $ref }).filter(([, value]) => value !== undefined),
    ) as JsonObject;
  };
  const reported = found.map(({ path }) => path);
  return diffValues(itemOf(before), itemOf(after))
    .map(({ path, before: old, after: current }) => ({
      path: ["paths", after.prepared.path, ...path],
      old,
      current,
    }))
    .filter(({ path }) => {
      const printed = printPath(path);
      return !reported.some((one) => isWithin(one, printed) || isWithin(printed, one));
    })
    .map(({ path, old, current }) =>
      toDifference(
        path,
        old,
        current,
        explain("none", "Written differently: it means the same once references are followed."),
      ),
    );
}

const isWithin = (path: string, place: string): boolean =>
  path.startsWith(place) && /^$|^[.[]/.test(path.slice(place.length));
