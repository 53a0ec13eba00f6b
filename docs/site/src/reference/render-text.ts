import {
  type Comment,
  type DeclarationReflection,
  type ReferenceType,
  type Reflection,
  ReflectionKind,
  type SignatureReflection,
  type SomeType,
} from "typedoc";

import { codes } from "../../../../packages/client/src/errors/codes.ts";

/** Returns the URL of the section of an exported declaration. */
export type UrlOfExport = (reflection: Reflection) => string | undefined;

/** Escapes what Markdown and Vue would read as markup, outside code. */
export function escapeProse(text: string): string {
  return text
    .split(/(`[^`]*`)/)
    .map((part) => (part.startsWith("`") ? part : part.replaceAll("<", "&lt;").replaceAll("{{", "{ {")))
    .join("");
}

/** Renders a comment's text, with links to other exports. */
export function renderComment(comment: Comment | undefined, urlOf: UrlOfExport): string {
  return (comment?.summary ?? [])
    .map((part) => {
      if (part.kind === "code") return part.text;
      if (part.kind !== "inline-tag") return escapeProse(part.text);
      const target = typeof part.target === "object" ? urlOf(part.target as Reflection) : part.target;
      return typeof target === "string" ? `[\`${part.text}\`](${target})` : `\`${part.text}\``;
    })
    .join("")
    .trim();
}

/** Renders the examples of a comment as code. */
export function renderExamples(comment: Comment | undefined): string[] {
  return (comment?.getTags("@example") ?? []).map((tag) => {
    const text = tag.content
      .map(({ text: part }) => part)
      .join("")
      .trim();
    return text.startsWith("```") ? text : `\`\`\`ts\n${text}\n\`\`\``;
  });
}

/** `RetouchCode` is computed from this list, so its declaration has no texts. */
const unionNames = new Map<string, ReadonlySet<string>>([
  ["RetouchCode", new Set(Object.keys(codes).map((code) => JSON.stringify(code)))],
]);

/** Remembers the exported unions of texts, whose names stand for their texts in other types. */
export function nameUnions(declarations: readonly DeclarationReflection[]): void {
  for (const { name, type } of declarations) {
    const texts = type?.type === "union" ? type.types.map((one) => one.toString()) : [];
    if (texts.length > 8 && texts.every((one) => one.startsWith('"'))) unionNames.set(name, new Set(texts));
  }
}

/** Returns a union by the names of exported unions that are in it. */
function unionText(texts: readonly string[]): string {
  const named = [...unionNames].find(([, known]) => [...known].every((one) => texts.includes(one)));
  if (named === undefined) return texts.join(" | ");
  const [name, known] = named;
  const others = texts.filter((one) => !known.has(one));
  return [name, ...others.map((one) => (one === "string & {}" ? "string" : one))].join(" | ");
}

/** Returns a type as its declaration has it, without the `undefined` of an optional member. */
function typeText(type: SomeType | undefined, isOptional = false): string {
  const text =
    type?.type === "union" && type.types.length > 8
      ? unionText(type.types.map((one) => one.toString()))
      : (type?.toString() ?? "unknown");
  return isOptional ? text.replace(/^undefined \| | \| undefined$/, "") : text;
}

function callText({ parameters = [], type, typeParameters }: SignatureReflection, arrow: string): string {
  const shown = parameters.map(
    ({ name, flags, type: given, defaultValue }) =>
      `${flags.isRest ? "..." : ""}${name.startsWith("__") ? "options" : name}${flags.isOptional || defaultValue ? "?" : ""}: ${typeText(given, flags.isOptional)}`,
  );
  const generics = typeParameters?.length ? `<${typeParameters.map(({ name }) => name).join(", ")}>` : "";
  const line = `${generics}(${shown.join(", ")})${arrow} ${typeText(type)}`;
  if (line.length < 90 || shown.length < 2) return line;
  return `${generics}(\n${shown.map((one) => `  ${one},\n`).join("")})${arrow} ${typeText(type)}`;
}

/** Returns the declaration of an export, without its members. */
export function signatureText(one: DeclarationReflection): string {
  const generics = one.typeParameters?.length
    ? `<${one.typeParameters.map(({ name }) => name).join(", ")}>`
    : "";
  const parents = (one.extendedTypes ?? []).map((type) => (type as ReferenceType).toString());
  const extending = parents.length === 0 ? "" : ` extends ${parents.join(", ")}`;
  if (one.kind === ReflectionKind.Interface) return `interface ${one.name}${generics}${extending}`;
  if (one.kind === ReflectionKind.Class) {
    const [creation] =
      one.children?.find(({ kind }) => kind === ReflectionKind.Constructor)?.signatures ?? [];
    const created = creation === undefined ? "" : `\n\nnew ${one.name}${callText(creation, ":")}`;
    return `class ${one.name}${generics}${extending}${created.replace(/: [^:]*$/, "")}`;
  }
  if (one.signatures !== undefined)
    return one.signatures.map((signature) => `function ${one.name}${callText(signature, ":")}`).join("\n");
  // A union that has a name is spelled out where it is declared.
  const text = one.type?.toString() ?? "unknown";
  const isLong = text === "Object" || text === "object";
  if (one.kind === ReflectionKind.TypeAlias) {
    const call = one.type?.type === "reflection" ? one.type.declaration.signatures?.[0] : undefined;
    if (call !== undefined) return `type ${one.name}${generics} = ${callText(call, " =>")}`;
    return `type ${one.name}${generics} = ${isLong ? "{ ... }" : text.replaceAll(/ \| /g, text.length > 90 ? "\n  | " : " | ")}`;
  }
  return `const ${one.name}: ${isLong ? "{ ... }" : text}`;
}

/** Returns the type of a member: that of a property, or the call of a method. */
export function memberType(member: DeclarationReflection): string {
  const [signature] = member.signatures ?? [];
  if (signature !== undefined) return callText(signature, " =>");
  const type = member.type ?? member.getSignature?.type;
  if (type?.type === "reflection" && type.declaration.signatures?.[0] !== undefined)
    return callText(type.declaration.signatures[0], " =>");
  return typeText(type, member.flags.isOptional);
}
