import { isObject } from "../../json.ts";
import type { Json } from "../../spec-types.ts";
import { explain, type Rule, refuse, type Verdict } from "../difference.ts";
import type { ExplainProse } from "./prose-rule.ts";
import { fieldKeywords, keywordVerdict, type RequestFacts, unknownValue } from "./rules-field.ts";
import { isNoise, noise, textsOf } from "./rules-frame.ts";
import { typesVerdict } from "./rules-types.ts";

/** Rules for the schema of the form; the path starts below it. */
export function formRule(facts: RequestFacts, prose: ExplainProse): Rule {
  return (path, old, current) => {
    const [key, field, keyword, ...rest] = path;
    if (path.some(isNoise)) return noise;
    if (key === "description" || key === "title") return prose(old, current);
    if (key === "example" || key === "examples") return formExampleVerdict(old, current, facts);
    if (key === "type" && (current ?? "object") === "object" && (old ?? "object") === "object")
      return explain("none", "A form is an object, said or not.");
    if (key === "required") return requiredVerdict(old, current);
    if (key !== "properties" || field === undefined) return undefined;
    if (keyword === undefined) return fieldVerdict(String(field), old, current, facts);
    if (keyword === "title") return prose(old, current);
    // A text inside of a list or of an object: no quote reads it.
    if (keyword !== "description" && !/^examples?$/.test(String(keyword))) {
      const isText = rest.at(-1) === "description";
      const said = isText ? prose(old, current) : prose(inner(old), inner(current));
      if (isText || said?.isRefused) return said;
    }
    return keywordVerdict(String(field), String(keyword), rest, old, current, facts);
  };
}

/** The texts inside of a value. */
const inner = (value: Json | undefined): string => (typeof value === "object" ? textsOf(value) : "");

/** An example is not used, but a value or a model in it that nothing accepts is news. */
function formExampleVerdict(old: Json | undefined, current: Json | undefined, facts: RequestFacts): Verdict {
  const known = new Set(valuesIn(old).map((pair) => pair.join("=")));
  const news = valuesIn(current).find(
    ([field, value]) => !known.has(`${field}=${value}`) && value !== "" && !facts.accepts(field, value),
  );
  if (news === undefined) return explain("none", "The example of the form is not used.");
  const [field, value] = news;
  return refuse("minor", `The example ${JSON.stringify(value)} of \`${field}\` is ${unknownValue(field)}.`);
}

/** Lists the texts in an example by the name of their field; named examples hold theirs in `value`. */
function valuesIn(value: Json | undefined): [field: string, value: string][] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([field, child]): [string, string][] =>
    typeof child === "string" ? [[field, child]] : valuesIn(child),
  );
}

function requiredVerdict(old: Json | undefined, current: Json | undefined): Verdict | undefined {
  if (Array.isArray(old) || Array.isArray(current)) {
    const [from, to] = [old, current].map((list) => (Array.isArray(list) ? list : []));
    if (old !== undefined && current !== undefined)
      return explain("none", "Required fields are listed in another order.");
    if ((to?.length ?? 0) > 0) return explain("major", `Made \`${to?.join("`, `")}\` required.`);
    return explain("minor", `Made \`${from?.join("`, `")}\` optional.`);
  }
  return current === undefined
    ? explain("minor", `Made \`${String(old)}\` optional.`)
    : explain("major", `Made \`${String(current)}\` required.`);
}

function fieldVerdict(
  field: string,
  old: Json | undefined,
  current: Json | undefined,
  { required }: RequestFacts,
): Verdict | undefined {
  if (current === undefined)
    return explain("major", `Removed the field \`${field}\`: pass it through \`extra\`.`);
  if (old !== undefined || !isObject(current)) return undefined;
  const unread = Object.keys(current).filter((key) => !fieldKeywords.has(key) && !isNoise(key));
  const isRequired = required.after.includes(field);
  const added = isRequired
    ? `Added the field \`${field}\`, which servers require.`
    : `Added the field \`${field}\`.`;
  if (unread.length > 0)
    return refuse(
      isRequired ? "major" : "minor",
      `${added} Nothing reads its \`${unread.join("`, `")}\`. Say in spec/overlay.yaml what it limits, then accept it.`,
    );
  return explain(isRequired ? "major" : "minor", added);
}

/** Rules for the request body around the form, and for the operation's parameters. */
export function bodyRule(prose: ExplainProse, facts: RequestFacts): Rule {
  return (path, old, current) => {
    const [key, type, member] = path;
    if (path.some(isNoise)) return noise;
    if (key === "description") return prose(old, current);
    if (key === "required") return explain("none", "Every edit sends a form.");
    if (key !== "content" || type === undefined) return undefined;
    if (type !== "multipart/form-data") {
      // Sent by the plain client alone.
      if (member !== undefined)
        return typesVerdict(`the body ${String(type)}`, ["requestBody", ...path], old, current);
      return current === undefined
        ? explain("major", `The server no longer takes ${String(type)}.`)
        : explain("minor", `The server takes ${String(type)} too; the packages send a form.`);
    }
    if (member === undefined && current === undefined)
      return refuse("major", "The server no longer takes a form, which is all that the packages send.");
    return member === "example" || member === "examples"
      ? formExampleVerdict(wrapped(path, old), wrapped(path, current), facts)
      : undefined;
  };
}

/** Puts a value of an example under its name again: a difference may be as small as one. */
function wrapped(path: readonly (string | number)[], value: Json | undefined): Json | undefined {
  const name = path.at(-1);
  return typeof value === "string" && typeof name === "string" ? { [name]: value } : value;
}
