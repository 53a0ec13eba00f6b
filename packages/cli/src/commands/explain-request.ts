import { limitsOf, type RequestDescription } from "@retouch/client/node";
import { looksLikeKey, namesSecret } from "../config/carries-key.ts";
import { dialectFacts, plainForm } from "../generated/dialect-facts.gen.ts";

/** What an edit would send where, without its images and its key. */
export interface RequestExplanation {
  readonly method: string;
  /** With the query; a value that could be a secret is hidden. */
  readonly url: string;
  /** The header that the key is sent in. */
  readonly keyHeader: string;
  /** What comes before the key: `Bearer`, or nothing. */
  readonly keyScheme: string;
  /** The names of further headers; their values are not shown. */
  readonly headers: readonly string[];
  readonly contentType: string;
  readonly images: string;
  readonly mask: string;
  readonly tasks: string;
  readonly limits: string;
  readonly preset?: { readonly name: string; readonly title: string; readonly source: string };
  readonly notes?: string | undefined;
  /** What is not confirmed of the preset. */
  readonly unverified?: string;
}

/** The settings that an explanation needs beside the request. */
export interface ExplainedSettings {
  readonly preset: string | undefined;
  readonly headers: Readonly<Record<string, string>> | undefined;
  readonly model: string | undefined;
  readonly limitsLike: string | undefined;
}

const neverTried = "It follows its source, and was never tried against the server itself.";

/** Explains where and how an edit would be sent. */
export function explainRequest(
  { method, url, root, query, keyHeader, dialect }: RequestDescription,
  { preset = "", headers = {}, model, limitsLike }: ExplainedSettings,
): RequestExplanation {
  const facts = Object.hasOwn(dialectFacts, preset) ? dialectFacts[preset] : undefined;
  const { images, mask } = facts ?? plainForm;
  const maxImages = dialect.maxImages === undefined ? "" : `; at most ${dialect.maxImages} images`;
  const refused = (dialect.refusedFields ?? []).map((field) => `\`${field}\``).join(", ");
  return {
    method,
    url: url + shownQuery(query),
    keyHeader,
    keyScheme: keyHeader === "authorization" ? "Bearer" : "",
    headers: Object.keys(headers),
    contentType: dialect.body === "json" ? "application/json" : "multipart/form-data",
    images,
    mask,
    tasks: tasksText(dialect.task, root),
    limits: limitsText(model, limitsLike) + maxImages + (refused === "" ? "" : `; refused: ${refused}`),
    ...(facts !== undefined && {
      preset: { name: preset, title: facts.title, source: facts.source },
      notes: facts.notes,
      unverified: [neverTried, facts.unverified].filter((text) => text !== undefined).join(" "),
    }),
  };
}

function tasksText(task: RequestDescription["dialect"]["task"], root: string): string {
  if (task === undefined) return "not polled: the id of a task is in the error";
  const { statusPath, statusUrl } = task;
  if (statusUrl !== undefined) return `polled at the URL that the response has in \`${statusUrl}\``;
  return `polled at GET ${root}${statusPath}`;
}

/** The longest value of a query parameter that is shown: a version is shorter, and a signature is longer. */
const maxShownLength = 24;

function shownQuery(query: Readonly<Record<string, string>>): string {
  const shown = Object.entries(query).map(([name, value]) => {
    const isPlain = value.length <= maxShownLength && /^[\w.:-]*$/.test(value);
    const isHidden = !isPlain || namesSecret(name) || /^code$/i.test(name) || looksLikeKey(value);
    return `${encodeURIComponent(name)}=${isHidden ? "(hidden)" : value}`;
  });
  return shown.length === 0 ? "" : `?${shown.join("&")}`;
}

function limitsText(model: string | undefined, limitsLike: string | undefined): string {
  const isKnown = model !== undefined && limitsOf(model).known;
  if (isKnown) return `those of ${model}`;
  if (limitsLike !== undefined)
    return `those of ${limitsLike}, for ${model ?? "a name that is not a known model"}`;
  if (model === undefined) return "those of the model, if it is a known one";
  return `only those that all models share, because ${model} is not a known model: \`--limits-like MODEL\` names one`;
}

/** Returns the explanation as labels and texts for a terminal. */
export function explanationRows(explanation: RequestExplanation): (readonly [string, string])[] {
  const { method, url, keyHeader, keyScheme, headers, contentType, preset, notes, unverified, ...texts } =
    explanation;
  return [
    ...(preset === undefined ? [] : [["preset", `${preset.name}: ${preset.title}`] as const]),
    ["sends", `${method} ${url}`],
    ["key", `${keyHeader}: ${keyScheme === "" ? "" : `${keyScheme} `}KEY`],
    ...(headers.length === 0 ? [] : [["headers", headers.join(", ")] as const]),
    ["body", contentType],
    ...Object.entries(texts),
    ...(notes === undefined ? [] : [["notes", notes] as const]),
    ...(unverified === undefined ? [] : [["unverified", unverified] as const]),
    ...(preset === undefined ? [] : [["source", preset.source] as const]),
  ];
}
