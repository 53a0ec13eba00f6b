/** One change of one limit in the spec. */
export interface Mutation {
  /** `GptImageSize.enum loses 1024x1536`. */
  readonly title: string;
  /** The field whose cases are tried first. */
  readonly field: string | undefined;
  /** Returns a changed copy of the document. */
  apply(document: object): object;
}

type Path = readonly (string | number)[];
type Node = Record<string, unknown>;
/** Adds a mutation of the current node; `about` names the field whose cases are tried first. */
type AddMutation = (what: string, edit: (copy: Node) => void, about?: string) => void;

/**
 * Returns every mutation of every limit that a server enforces: each enum loses and gains a value, each number changes
 * by one, each required field and each flag is removed. Warnings are skipped, because no server rejects them.
 */
export function listMutations(document: object): Mutation[] {
  const schemas = at(document, ["components", "schemas"]) as Node;
  const mutations: Mutation[] = [];
  const seen = new Set<string>();

  const visit = (path: Path, field: string | undefined): void => {
    const key = path.join("/");
    if (seen.has(key)) return;
    seen.add(key);
    const node = at(document, path) as Node;
    if (typeof node["$ref"] === "string") {
      visit(["components", "schemas", node["$ref"].split("/").at(-1) ?? ""], field);
      return;
    }
    const name = path.slice(2).join(".");
    const add: AddMutation = (what, edit, about = field) => {
      mutations.push({
        title: `${name} ${what}`,
        field: about,
        apply: (given) => changed(given, path, edit),
      });
    };
    addLimits(node, add, field);
    for (const [index] of ((node["allOf"] ?? node["anyOf"] ?? []) as unknown[]).entries()) {
      visit([...path, node["allOf"] ? "allOf" : "anyOf", index], field);
    }
    for (const property of Object.keys((node["properties"] ?? {}) as Node)) {
      // The list of models is open: a removed name gets other limits, and `model` itself is not rejected.
      if (property !== "model") visit([...path, "properties", property], property);
    }
    const files = (node["x-retouch"] as Node | undefined)?.["errors"] as Node | undefined;
    for (const kind of Object.keys(files ?? {})) visit([...path, "x-retouch", "errors", kind], kind);
    const size = (node["x-retouch"] as Node | undefined)?.["size"];
    if (size) visit([...path, "x-retouch", "size"], field);
  };

  for (const reference of (schemas["EditRequest"] as { anyOf: { $ref: string }[] }).anyOf) {
    visit(["components", "schemas", reference.$ref.split("/").at(-1) ?? ""], undefined);
  }
  return mutations;
}

const numbers = [
  "minimum",
  "maximum",
  "minLength",
  "maxLength",
  "minItems",
  "maxItems",
  "belowBytes",
  "maxEdgePx",
];
const rules = ["multipleOf", "maxRatio", "minPixels", "maxPixels"];
const flags = [
  "square",
  "sizeOfFirstImage",
  "sizeOfUprightFirstImage",
  "transparentPixel",
  "someTransparency",
];

function addLimits(node: Node, add: AddMutation, field: string | undefined): void {
  const values = node["enum"] ?? (Array.isArray(node["mediaTypes"]) ? node["mediaTypes"] : undefined);
  const list = node["enum"] ? "enum" : "mediaTypes";
  if (Array.isArray(values) && field !== undefined) {
    for (const [index, value] of values.entries()) {
      add(`${list} loses ${value}`, (copy) => (copy[list] as unknown[]).splice(index, 1));
    }
    const extra =
      list === "enum" ? "no-such-value" : values.includes("image/gif") ? "image/bmp" : "image/gif";
    add(`${list} gains ${extra}`, (copy) => (copy[list] as unknown[]).push(extra));
  }
  for (const key of numbers) {
    if (typeof node[key] !== "number") continue;
    // No size is between two multiples, so changing an edge by one has no effect.
    const width = key === "maxEdgePx" ? Number(node["multipleOf"]) : 1;
    for (const step of [-width, width]) {
      const next = (node[key] as number) + step;
      if (next < 0) continue;
      add(`${key} becomes ${next}`, (copy) => {
        copy[key] = next;
      });
    }
  }
  for (const key of rules) {
    if (typeof node[key] !== "number") continue;
    add(`${key} doubles`, (copy) => {
      copy[key] = (copy[key] as number) * 2;
    });
    add(`${key} halves`, (copy) => {
      copy[key] = (copy[key] as number) / 2;
    });
  }
  for (const key of flags) if (node[key] === true) add(`${key} goes`, (copy) => delete copy[key]);
  for (const name of Array.isArray(node["required"]) && field === undefined
    ? (node["required"] as string[])
    : []) {
    // Families are distinguished by `model`, which no server requires.
    if (name !== "model")
      add(`${name} is no longer required`, (copy) =>
        (copy["required"] as string[]).splice((copy["required"] as string[]).indexOf(name), 1),
      );
  }
  const not = node["not"] as Node | undefined;
  if (not && Object.keys(not).length === 0) add("is no longer refused", (copy) => delete copy["not"]);
  else if (not?.["properties"]) addConflict(not, add);
}

/** A conflict goes, and each of its conditions is about another value. */
function addConflict(not: Node, add: AddMutation): void {
  const [about] = not["required"] as string[];
  add("conflict goes", (copy) => delete copy["not"], about);
  for (const [name, given] of Object.entries(not["properties"] as Record<string, Node>)) {
    const condition = (copy: Node): Node =>
      ((copy["not"] as Node)["properties"] as Record<string, Node>)[name] ?? {};
    const listed = given["enum"]
      ? (given["enum"] as unknown[])
      : (given["not"] as Node | undefined)?.["enum"];
    for (const [index, value] of Array.isArray(listed) ? listed.entries() : []) {
      const list = (copy: Node) =>
        (given["enum"] ? condition(copy)["enum"] : (condition(copy)["not"] as Node)["enum"]) as unknown[];
      add(
        `conflict of ${name} loses ${value}`,
        (copy) => list(copy).splice(index, 1, "no-such-value"),
        about,
      );
    }
    if (typeof given["minimum"] === "number")
      for (const step of [-1, 1]) {
        const next = given["minimum"] + step;
        add(
          `conflict of ${name} begins at ${next}`,
          (copy) => {
            condition(copy)["minimum"] = next;
          },
          about,
        );
      }
  }
}

function at(root: object, path: Path): unknown {
  return path.reduce<unknown>((node, key) => (node as Node)[key], root);
}

function changed(document: object, path: Path, edit: (copy: Node) => void): object {
  const copy = structuredClone(document);
  edit(at(copy, path) as Node);
  return copy;
}
