import type { DeclarationReflection } from "typedoc";
import { membersOf } from "./read-exports.ts";
import { memberType, renderComment, renderExamples, type UrlOfExport } from "./render-text.ts";

/** Members of options have a heading each, so that search finds every option by its name. */
const isOptions = (name: string): boolean => /(?:Options|Params|Callbacks|Dialect|Events)$/.test(name);

const isMethod = (member: DeclarationReflection): boolean =>
  member.signatures !== undefined ||
  (member.type?.type === "reflection" && member.type.declaration.signatures !== undefined);

/** Returns whether each member has a heading: those of options, and of what one calls. */
export function hasHeadings(owner: DeclarationReflection): boolean {
  return isOptions(owner.name) || membersOf(owner).filter(isMethod).length > 1;
}

/** Renders the members of a declaration: options and methods with a heading each, others as a table. */
export function renderMembers(
  owner: DeclarationReflection,
  members: readonly DeclarationReflection[],
  urlOf: UrlOfExport,
): string[] {
  if (members.length === 0) return [];
  if (hasHeadings(owner)) return members.map((member) => renderOption(owner.name, member, urlOf));
  const rows = members.map((member) => {
    const text = memberType(member).replaceAll(/\s+/g, " ");
    const type = `\`${text.length > 400 ? "{ ... }" : text}\``.replaceAll("|", "\\|");
    return `| \`${member.name}${member.flags.isOptional ? "?" : ""}\` | ${type} | ${sentence(member, urlOf)} |`;
  });
  return ["| member | type | |\n|---|---|---|\n".concat(rows.join("\n"))];
}

function commentOf(member: DeclarationReflection) {
  const nested =
    member.type?.type === "reflection" ? member.type.declaration.signatures?.[0]?.comment : undefined;
  return member.comment ?? member.signatures?.[0]?.comment ?? member.getSignature?.comment ?? nested;
}

function sentence(member: DeclarationReflection, urlOf: UrlOfExport): string {
  return renderComment(commentOf(member), urlOf)
    .replaceAll(/\s*\n- /g, "<br>• ")
    .replaceAll(/\s*\n\s*/g, " ")
    .replaceAll(/(?<!\\)\|/g, "\\|");
}

function renderOption(owner: string, member: DeclarationReflection, urlOf: UrlOfExport): string {
  const comment = commentOf(member);
  return [
    `#### ${member.name} {#${owner}-${member.name}}`,
    `\`\`\`ts\n${member.name}${member.flags.isOptional ? "?" : ""}: ${memberType(member)}\n\`\`\``,
    renderComment(comment, urlOf),
    ...renderExamples(comment),
  ]
    .filter((part) => part !== "")
    .join("\n\n");
}
