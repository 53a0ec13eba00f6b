import type { Json } from "../../spec-types.ts";
import { explain, type Rule, refuse, type Verdict } from "../difference.ts";
import type { ExplainProse } from "./prose-rule.ts";
import { isNoise, noise } from "./rules-frame.ts";

/** Rules for responses; the path starts with the status. */
export function responseRule(prose: ExplainProse): Rule {
  return (path, old, current) => {
    const [status, key, ...rest] = path;
    if (path.some(isNoise)) return noise;
    if (status === undefined) return undefined;
    const code = String(status);
    const isError = /^[45](?:\d\d|XX)$/i.test(code) || code === "default";
    if (key === undefined) return statusVerdict(code, isError, old, current);
    if (key === "description") return prose(old, current);
    if (isError)
      return explain("minor", `The error ${code} is documented differently; clients read any shape.`);
    if (key === "headers") return headerVerdict(rest, old, current, prose);
    if (key === "content") return contentVerdict(code, rest, old, current, prose);
    return undefined;
  };
}

function statusVerdict(
  code: string,
  isError: boolean,
  old: Json | undefined,
  current: Json | undefined,
): Verdict | undefined {
  if (isError)
    return current === undefined
      ? explain("patch", `The error ${code} is no longer documented.`)
      : explain("minor", `Documented the error ${code}.`);
  if (/^2(?:\d\d|XX)$/i.test(code))
    return current === undefined
      ? refuse("major", `The server no longer responds with ${code}.`)
      : refuse(
          "minor",
          `The server may respond with ${code}: see whether the client can read it and the mock make it.`,
        );
  return old === undefined
    ? refuse("minor", `The server may respond with ${code}, which nothing handles.`)
    : undefined;
}

function headerVerdict(
  rest: readonly (string | number)[],
  old: Json | undefined,
  current: Json | undefined,
  prose: ExplainProse,
): Verdict | undefined {
  const name = String(rest[0] ?? "headers");
  if (rest.at(-1) === "description") return prose(old, current);
  if (rest.length > 1) return explain("patch", `The response header \`${name}\` is described differently.`);
  if (rest.length === 0) return explain("none", "The map of response headers is empty.");
  if (current === undefined)
    return explain("minor", `The response header \`${name}\` is no longer documented.`);
  return explain(
    "minor",
    `Documented the response header \`${name}\`${old === undefined ? "" : " differently"}.`,
  );
}

function contentVerdict(
  code: string,
  [type, member, ...rest]: readonly (string | number)[],
  old: Json | undefined,
  current: Json | undefined,
  prose: ExplainProse,
): Verdict | undefined {
  if (member === undefined) {
    if (type === undefined) return undefined;
    return current === undefined
      ? refuse("major", `A ${code} response is no longer ${String(type)}.`)
      : refuse("minor", `A ${code} response may be ${String(type)}: see whether the client reads it.`);
  }
  if (member === "example" || member === "examples")
    return explain("none", "The example of a response limits nothing.");
  if (member !== "schema") return undefined;
  if (rest.length === 0)
    return refuse(
      "major",
      `The schema of the ${code} response is ${current === undefined ? "gone" : "new"}.`,
    );
  return shapeVerdict(rest, old, current, prose);
}

/** Explains a difference inside of a response's schema: a member that comes or goes, or how one is described. */
function shapeVerdict(
  path: readonly (string | number)[],
  old: Json | undefined,
  current: Json | undefined,
  prose: ExplainProse,
): Verdict | undefined {
  const last = path.at(-1);
  const parent = path.at(-2);
  const place = path.filter((key, at) => key !== "properties" || path[at - 1] === "properties").join(".");
  if (parent === "properties") {
    if (old === undefined) return explain("minor", `The response has \`${String(last)}\` too (${place}).`);
    if (current === undefined)
      return explain("major", `The response no longer has \`${String(last)}\` (${place}).`);
    return undefined;
  }
  if ((parent === "anyOf" || parent === "oneOf") && (old === undefined || current === undefined))
    return old === undefined
      ? refuse("minor", `The response may have another shape (${place}): see whether the client reads it.`)
      : explain("major", `The response no longer has one of its shapes (${place}).`);
  switch (last) {
    case "description":
    case "title":
      return last === "title" ? explain("none", "Titles are not used.") : prose(old, current);
    case "example":
    case "examples":
    case "default":
      return explain("none", `The ${last} of a response limits nothing.`);
    case "type":
      return explain(
        "major",
        `The type of ${place} in the response changed from ${String(old)} to ${String(current)}.`,
      );
    case "required":
      return current === undefined
        ? explain("major", `The response may lack ${JSON.stringify(old)} (${place}).`)
        : explain("minor", `The response always has ${JSON.stringify(current)} (${place}).`);
    case "enum":
    case "nullable":
    case "format":
      return explain(
        "minor",
        `Values of ${place} in the response: ${JSON.stringify(old)} before, now ${JSON.stringify(current)}.`,
      );
    case "deprecated":
      return explain("minor", `Deprecated ${place} in the response.`);
    default:
      return undefined;
  }
}
