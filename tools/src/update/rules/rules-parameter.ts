import type { Json, JsonObject } from "../../spec-types.ts";
import { explain, refuse, type Verdict } from "../difference.ts";

const ignoredHeaders = new Set(["accept", "authorization", "content-type"]);

/** Rules for parameters: those that OpenAPI ignores, and others, which callers pass themselves. */
export function parameterVerdict(
  path: readonly (string | number)[],
  before: Json | undefined,
  after: Json | undefined,
  parameter: { before: JsonObject; after: JsonObject },
): Verdict | undefined {
  const [, key] = path;
  const some = Object.keys(parameter.after).length > 0 ? parameter.after : parameter.before;
  const name = String(some["name"]);
  const place = String(some["in"]);
  if (Array.isArray(before) && Array.isArray(after))
    return explain("none", "Parameters are listed in another order.");
  if (place === "header" && ignoredHeaders.has(name.toLowerCase())) {
    const schemes = [parameter.before, parameter.after].map(
      (one) => /^\w+/.exec(String(one["example"] ?? ""))?.[0],
    );
    const isMoved =
      name.toLowerCase() === "authorization" &&
      key === "example" &&
      schemes[0] !== schemes[1] &&
      before &&
      after;
    return isMoved
      ? explain(
          "major",
          `The key moved from \`Authorization: ${schemes[0]}\` to \`Authorization: ${schemes[1]}\`.`,
        )
      : explain("none", `OpenAPI ignores parameters named ${name}; the key is the security scheme's.`);
  }
  const by =
    place === "header"
      ? "pass it in `headers`"
      : place === "query"
        ? "pass it in `query`"
        : "nothing sends it";
  if (key === undefined) {
    if (after === undefined) return explain("major", `Removed the ${place} parameter \`${name}\`.`);
    if (before !== undefined) return undefined;
    const isSendable = place === "header" || place === "query";
    if (some["required"] === true && !isSendable)
      return refuse("major", `Added the required ${place} parameter \`${name}\`, which nothing sends.`);
    return some["required"] === true
      ? explain("major", `Added the required ${place} parameter \`${name}\`: ${by}.`)
      : explain("minor", `Added the ${place} parameter \`${name}\`: ${by}.`);
  }
  if (key === "required")
    return after === true
      ? explain("major", `Made the ${place} parameter \`${name}\` required: ${by}.`)
      : explain("minor", `Made the ${place} parameter \`${name}\` optional.`);
  if (key === "example" || key === "examples")
    return explain("none", "The example of a parameter is not used.");
  return undefined;
}
