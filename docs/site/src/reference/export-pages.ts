import { type Comment, type DeclarationReflection, ReflectionKind } from "typedoc";
import { markLinks } from "../markdown/mark-links.ts";
import { blocksOf } from "../markdown/sections.ts";
import { readSource } from "../markdown/source-file.ts";
import type { Page } from "../page.ts";
import { entryPage } from "./entry-points.ts";
import { type DocumentedEntry, membersOf, readExports, targetOf } from "./read-exports.ts";
import { renderMembers } from "./render-members.ts";
import { nameUnions, renderComment, renderExamples, signatureText, type UrlOfExport } from "./render-text.ts";

const groups = [
  ["Functions", (kind) => kind === ReflectionKind.Function],
  ["Classes", (kind) => kind === ReflectionKind.Class],
  ["Constants", (kind) => kind === ReflectionKind.Variable],
  ["Types", (kind) => kind === ReflectionKind.Interface || kind === ReflectionKind.TypeAlias],
] as const satisfies readonly (readonly [string, (kind: ReflectionKind) => boolean])[];

/** Makes a page for each entry point. */
export async function exportPages(): Promise<Page[]> {
  const entries = await readExports();
  nameUnions(entries.flatMap(({ exports }) => exports.map(targetOf)));
  // What several entry points export has its section where its package documents it first.
  const homes = new Map<DeclarationReflection, string>();
  for (const entry of entries)
    for (const one of entry.exports) {
      const target = targetOf(one);
      if (!homes.has(target)) homes.set(target, `/${entryPage(entry)}#${anchorOf(target)}`);
    }
  const urlOf: UrlOfExport = (reflection) => homes.get(reflection as DeclarationReflection);
  return entries.map((entry) => ({ path: `${entryPage(entry)}.md`, text: renderEntry(entry, urlOf) }));
}

function anchorOf({ name }: DeclarationReflection): string {
  return name;
}

function renderEntry(entry: DocumentedEntry, urlOf: UrlOfExport): string {
  const { name, exports } = entry;
  const page = `/${entryPage(entry)}`;
  const [own, others] = [true, false].map((isOwn) =>
    exports.filter((one) => (urlOf(targetOf(one)) ?? page).startsWith(`${page}#`) === isOwn),
  );
  const sections = groups.flatMap(([title, isKind]) => {
    const all = (own ?? []).map(targetOf).filter(({ kind }) => isKind(kind));
    const members = all.sort(byUse(name));
    return members.length === 0 ? [] : [`## ${title}`, ...members.map((one) => renderExport(one, urlOf))];
  });
  const elsewhere = (others ?? []).map((one) => `[\`${one.name}\`](${urlOf(targetOf(one))})`);
  return [
    `---\ntitle: "${name}"\noutline: [2, 3]\n---`,
    `# \`${name}\``,
    introOf(name),
    `\`\`\`ts\nimport { ${importExample(name, own ?? [])} } from "${name}";\n\`\`\``,
    ...sections,
    ...(elsewhere.length === 0 ? [] : ["## Also exported", `${elsewhere.join(", ")}.`]),
    "",
  ]
    .filter((part, at, all) => part !== "" || at === all.length - 1)
    .join("\n\n");
}

/** Compares exports of an entry point: by rank; functions also by how often the README of the package imports them. */
function byUse(entry: string): (one: DeclarationReflection, other: DeclarationReflection) => number {
  const readme = readSource(readmeOf(entry)).lines.join("\n");
  const imported = [...readme.matchAll(/^import \{ (.*) \} from "(.*)";$/gm)].flatMap(
    ([, names = "", from]) => (from === entry ? names.split(", ") : []),
  );
  const uses = ({ name, kind }: DeclarationReflection): number =>
    kind === ReflectionKind.Function ? imported.filter((one) => one === name).length : 0;
  return (one, other) => rankOf(one) - rankOf(other) || uses(other) - uses(one);
}

function readmeOf(entry: string): string {
  return `packages/${entry.split("/")[1]}/README.md`;
}

/** Returns the order within a group: what one starts with, its options, the rest, and guards last. */
function rankOf({ name }: DeclarationReflection): number {
  if (/^(?:create|use|start|estimate)[A-Z]/.test(name)) return 0;
  if (/Options$/.test(name)) return 1;
  return /^is[A-Z]/.test(name) ? 3 : 2;
}

/** Returns what the README of the package says about an entry point, or the package about itself. */
function introOf(name: string): string {
  const readme = readmeOf(name);
  const { lines } = readSource(readme);
  const row = lines.find((line) => line.startsWith(`| \`${name}\` | `));
  if (row !== undefined) {
    const text = markLinks(row.split(" | ").slice(1).join(" | ").replace(/ \|$/, ""), readme);
    return `${text.replace(/[a-z]/i, (first) => first.toUpperCase())}.`;
  }
  return name.split("/").length > 2 ? "" : markLinks(blocksOf(lines.slice(1))[0] ?? "", readme);
}

function importExample(entry: string, exports: readonly DeclarationReflection[]): string {
  const isValue = ({ kind }: DeclarationReflection): boolean =>
    kind === ReflectionKind.Function || kind === ReflectionKind.Class || kind === ReflectionKind.Variable;
  const all = exports.map(targetOf).sort(byUse(entry));
  return (all.find((one) => isValue(one) && rankOf(one) === 0) ?? all.find(isValue) ?? all[0])?.name ?? "";
}

function renderExport(one: DeclarationReflection, urlOf: UrlOfExport): string {
  const signature = one.signatures?.at(0);
  const comment: Comment | undefined = one.comment ?? signature?.comment;
  const parts = [
    `### ${one.name} {#${anchorOf(one)}}`,
    renderComment(comment, urlOf),
    `\`\`\`ts\n${signatureText(one)}\n\`\`\``,
  ];
  const parents = (one.extendedTypes ?? []).flatMap((type) => {
    const url = type.type === "reference" && type.reflection ? urlOf(type.reflection) : undefined;
    return url === undefined ? [] : [`[\`${type.toString()}\`](${url})`];
  });
  if (parents.length > 0) parts.push(`With everything of ${parents.join(" and ")}.`);
  const parameters = (signature?.parameters ?? []).filter(({ comment: said }) => said !== undefined);
  if (parameters.length > 0)
    parts.push(
      parameters.map(({ name, comment: said }) => `- \`${name}\`: ${renderComment(said, urlOf)}`).join("\n"),
    );
  for (const tag of comment?.getTags("@throws") ?? [])
    parts.push(`**Throws** ${renderComment({ summary: tag.content } as Comment, urlOf)}`);
  parts.push(...renderExamples(comment));
  parts.push(...renderMembers(one, ownMembers(one, urlOf), urlOf));
  return parts.filter((part) => part !== "").join("\n\n");
}

/** Returns the members that no exported parent has: those are in its section. */
function ownMembers(one: DeclarationReflection, urlOf: UrlOfExport): DeclarationReflection[] {
  const parents = (one.extendedTypes ?? []).flatMap((type) =>
    type.type === "reference" && type.reflection && urlOf(type.reflection) ? [type.name] : [],
  );
  return membersOf(one).filter(
    ({ flags, inheritedFrom }) =>
      !flags.isInherited || !parents.some((parent) => inheritedFrom?.name.startsWith(`${parent}.`)),
  );
}
