import { parseObject } from "../document/parse-object.ts";
import { arrayAt, isObject, objectAt, stringAt } from "../json.ts";
import type { Json, JsonObject, Spec } from "../spec-types.ts";
import { type DialectEntry, readDialects } from "./emit-dialects.ts";
import { generatedHeader } from "./generated-header.ts";
import { markdownTable } from "./markdown-table.ts";
import { printKey, printLiteral } from "./print-literal.ts";

/** Writes `docs/servers.md`: every preset as a table, and its command and code. */
export function emitServerDocs(dialectsText: string, spec: Spec): string {
  const entries = readDialects(dialectsText);
  const examples = objectAt(parseObject(dialectsText, "spec/dialects.yaml"), "dialects");
  const header = generatedHeader("emit/emit-server-docs.ts", "spec/dialects.yaml", "").replaceAll(/^ /gm, "");
  return [
    `<!--\n${header}-->`,
    "# Servers",
    "Edits are posted to the endpoint of ChainHub and OpenAI, as a form. A server that differs has a preset: `dialect` in code, " +
      "`--dialect NAME` or `RETOUCH_DIALECT` in a terminal. `retouch doctor --dialect NAME` prints what would be sent where, and sends nothing " +
      "that is billed.",
    "**No vendor's server was called for this page.** Each fact is read in the source that its section names, and each preset is tested " +
      "against a small fake of its server (`contract/src/servers`). What is not confirmed is marked.",
    markdownTable(
      ["server", "preset", "base URL", "key", "body", "images", "mask", "tasks"],
      entries.map(tableRow),
    ),
    addressSection,
    "## Proxies that retry",
    "Retouch sends an edit again only if it cannot have been billed. A proxy between you and the model may retry by itself, and each retry " +
      "may be billed: no client can prevent or see that. Switch its retries off, in LiteLLM with `num_retries: 0`, and its fallbacks to other " +
      "models too.",
    ...entries.map((entry) => section(entry, readExample(entry, objectAt(examples, entry.name), spec))),
  ]
    .join("\n\n")
    .concat("\n");
}

const addressSection = `## Addresses

The base URL is the server's root, with or without \`/v1\`, or the complete endpoint, pasted. No \`/v1\` is added after a path that ends in a
version or in \`/openai\`. Each part of a request can be set without a preset, and overrides the preset's:

${markdownTable(
  ["part", "in code", "flag", "variable"],
  [
    ["base URL", "`baseUrl`", "`--base-url URL`", "`RETOUCH_BASE_URL`"],
    ["path", "`dialect.path`", "`--path PATH`", "`RETOUCH_PATH`"],
    ["query", "`query`", "`--query K=V`", "`RETOUCH_QUERY=K=V&K=V`"],
    ["headers", "`headers`", "`--header K:V`", "`RETOUCH_HEADERS=K:V;K:V`"],
    ["the key", "`apiKey`", "none: a command line is visible", "`RETOUCH_API_KEY`"],
    ["its header", "`dialect.keyHeader`", "`--key-header NAME`", "`RETOUCH_KEY_HEADER`"],
    [
      "the limits of a name such as a deployment's",
      "`limitsLike`",
      "`--limits-like MODEL`",
      "`RETOUCH_LIMITS_LIKE`",
    ],
  ],
)}`;

const code = (text: string) => `\`${text}\``;

function tableRow({ name, title, baseUrl, dialect }: DialectEntry): string[] {
  return [
    `[${title}](#${anchor(title)})`,
    code(name),
    baseUrl === undefined ? "your own" : code(baseUrl),
    code(keyOf(dialect)),
    dialect["body"] === "json" ? "JSON" : "form",
    imagesOf(dialect),
    maskOf(dialect),
    dialect["task"] === undefined ? "no" : "polled",
  ];
}

function anchor(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\w -]/g, "")
    .replaceAll(" ", "-");
}

function keyOf(dialect: JsonObject): string {
  const header = stringAt(dialect, "keyHeader");
  return header === undefined || header === "authorization" ? "authorization: Bearer KEY" : `${header}: KEY`;
}

/** Returns how a dialect sends images, in Markdown. */
export function imagesOf(dialect: JsonObject): string {
  const field = stringAt(dialect, "imageField");
  if (dialect["body"] !== "json") {
    const url = stringAt(dialect, "urlField");
    const files =
      field === undefined ? "`image`; several as `image[]`" : `${code(field)}, repeated for several`;
    return url === undefined ? files : `${files}; URLs as ${code(url)}`;
  }
  const shape = shapeOf(dialect["imageShape"]);
  const list = `${code(`${field ?? "images"}: [${shape}]`)}`;
  const single = stringAt(dialect, "singleImageField");
  return single === undefined ? list : `${code(`${single}: ${shape}`)}; several as ${list}`;
}

/** Returns how a dialect sends the mask, in Markdown. */
export function maskOf(dialect: JsonObject): string {
  if (arrayAt(dialect, "refusedFields").includes("mask")) return "none";
  const field = stringAt(dialect, "maskField") ?? "mask";
  return code(dialect["body"] === "json" ? `${field}: ${shapeOf(dialect["imageShape"])}` : field);
}

function shapeOf(shape: Json | undefined): string {
  if (shape === "url") return '"URL"';
  const names = isObject(shape) ? shape : { url: "image_url" };
  const type = names["type"] === undefined ? "" : `, type: "${names["type"]}"`;
  return `{ ${names["url"]}: "URL"${type} }`;
}

/** What the command and the code of a section need beside the preset. */
interface Example {
  readonly query: JsonObject;
  readonly limitsLike: string | undefined;
}

function readExample({ name }: DialectEntry, row: JsonObject, spec: Spec): Example {
  const limitsLike = stringAt(row, "example", "limitsLike");
  if (limitsLike !== undefined && !spec.models.some((model) => model.name === limitsLike))
    throw new Error(
      `\`dialects.${name}.example.limitsLike\` in spec/dialects.yaml is not a model of the spec. Fix the name.`,
    );
  return { query: objectAt(row, "example", "query"), limitsLike };
}

function section(entry: DialectEntry, example: Example): string {
  const { title, notes, source, unverified, dialect } = entry;
  const maxImages = dialect["maxImages"];
  const refused = arrayAt(dialect, "refusedFields").map((field) => code(String(field)));
  const facts = [
    ...(maxImages === undefined ? [] : [`At most ${maxImages} images.`]),
    ...(refused.length === 0 ? [] : [`An edit with ${listed(refused)} is not sent.`]),
    ...(notes === undefined ? [] : [notes.trim()]),
  ];
  return [
    `## ${title}`,
    ...(facts.length === 0 ? [] : [facts.join(" ")]),
    ...(unverified === undefined ? [] : [`**Not verified:** ${unverified.trim()}`]),
    `\`\`\`sh\n${command(entry, example)}\n\`\`\``,
    `\`\`\`ts\n${snippet(entry, example)}\n\`\`\``,
    `Source: ${source.trim()}`,
  ].join("\n\n");
}

function listed(items: readonly string[]): string {
  return items.length < 2 ? items.join("") : `${items.slice(0, -1).join(", ")} or ${items.at(-1)}`;
}

const serverOf = ({ baseUrl }: DialectEntry) => baseUrl ?? "https://SERVER";

function command(entry: DialectEntry, { query, limitsLike }: Example): string {
  const flags = [
    `--base-url ${serverOf(entry)}`,
    ...Object.entries(query).map(([name, value]) => `--query ${name}=${value}`),
    ...(limitsLike === undefined ? [] : [`--limits-like ${limitsLike}`]),
  ];
  return `retouch edit photo.png --dialect ${entry.name} ${flags.join(" ")} -m MODEL -p "make it dusk"`;
}

function snippet(entry: DialectEntry, { query, limitsLike }: Example): string {
  const options = {
    baseUrl: serverOf(entry),
    dialect: entry.name,
    ...(Object.keys(query).length > 0 && { query }),
    ...(limitsLike !== undefined && { limitsLike }),
  };
  const lines = Object.entries(options).map(
    ([name, value]) => `  ${printKey(name)}: ${printLiteral(value)},\n`,
  );
  return `import { createImageClient } from "@retouch/client/node";

const client = createImageClient({
  apiKey: process.env.RETOUCH_API_KEY ?? "",
${lines.join("")}});
const { images } = await client.edit({ model: "MODEL", image: "photo.png", prompt: "make it dusk" });`;
}
