import { isObject } from "../../json.ts";
import type { Json } from "../../spec-types.ts";
import { explain, type Rule, refuse, type Verdict } from "../difference.ts";
import type { ExplainProse } from "./prose-rule.ts";
import { fieldKeywords, keywordVerdict, type RequestFacts } from "./rules-field.ts";
import { isNoise, noise } from "./rules-frame.ts";
import { typesVerdict } from "./rules-types.ts";

/** Rules for the schema of the form; the path starts below it. */
export function formRule(facts: RequestFacts): Rule {
  return (path, old, current) => {
    const [key, field, keyword, ...rest] = path;
    if (path.some(isNoise)) return noise;
    if (key === "description" || key === "title" || key === "example" || key === "examples")
      return explain("none", `The form's ${key} is not used.`);
    if (key === "type" && (current ?? "object") === "object" && (old ?? "object") === "object")
      return explain("none", "A form is an object, said or not.");
    if (key === "required") return requiredVerdict(old, current);
    if (key !== "properties" || field === undefined) return undefined;
    if (keyword === undefined) return fieldVerdict(String(field), old, current, facts);
    return keywordVerdict(String(field), String(keyword), rest, old, current, facts);
  };
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
export function bodyRule(prose: ExplainProse): Rule {
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
      ? explain("none", "The example of the form is not used.")
      : undefined;
  };
}
