import type { Redact } from "../../errors/redactor.ts";
import { sanitizeText } from "../../errors/sanitize-text.ts";
import { parseServerError } from "../../errors/server-error.ts";
import { findTask, isTaskId } from "../../tasks/find-task.ts";
import type { DecodedImages } from "../decode-images.ts";
import { fieldsOf, type ParseFailure } from "../json.ts";
import type { ReaderOptions } from "../reader-options.ts";
import { formatPath, type Leaf, leavesOf, wordsOf } from "./leaves.ts";

type MissingImageOptions = Pick<ReaderOptions<never>, "redact" | "taskId" | "isAccepted">;

/**
 * Returns why a response has no usable image: what is wrong with those that it has, else what the server or the model
 * says, else where links, task ids and base64 are.
 */
export function explainMissingImage(
  json: unknown,
  { damaged, warnings, candidates }: DecodedImages,
  { redact = (text) => text, taskId, isAccepted }: MissingImageOptions = {},
): ParseFailure {
  const { requestId, code, message } = parseServerError(json, redact);
  const fail = (code: string, summary: string): ParseFailure => ({ code, params: { summary }, requestId });
  if (damaged) {
    const isText = warnings.some((warning) => warning.code === "result_not_image");
    return isText
      ? fail("result_not_image", "The response contains text where images should be.")
      : fail("bad_base64", "The images in the response are not valid base64.");
  }
  const leaves = leavesOf(json);
  const places = placesIn(leaves);
  if (candidates) {
    const text = `The response has images or links in several places, and none is clearly the result.${places}`;
    return fail("ambiguous_response", text);
  }
  // A code of a success, such as 0 or 200, is not one of an error.
  const errorCode = code === undefined || /^(?:0+|2\d\d|ok|success)$/i.test(code) ? undefined : code;
  const said = (isReadable(message) && message) || reasonIn(leaves, redact);
  const quoted = said && `: "${said}"`;
  if (fieldsOf(json)["error"] || (message && errorCode)) {
    const text = `The server responded with an error${errorCode ? ` (${errorCode})` : ""}${quoted ?? ""}.`;
    return fail(errorCode ?? "error_in_response", text);
  }
  if (leaves.some(({ path, value }) => path.at(-1) === "respect_moderation" && value === false)) {
    const text = `The server's moderation withheld the image (\`respect_moderation\` is false)${quoted ?? ""}.`;
    return fail("image_withheld", text);
  }
  const task = findTask(leaves, isAccepted);
  // What a task that was polled says in the end is its result.
  if (taskId === undefined && (task !== undefined || isAccepted)) {
    const id = task && sanitizeText(redact(task), 200);
    const made = `The server ${id === undefined ? "accepted the edit" : `made task ${id} of the edit`}`;
    const summary = `${made} and sent no image yet${quoted ? `. It says${quoted}` : ""}.${places}`;
    return { code: "task_pending", params: { summary, taskId: id }, requestId };
  }
  const text = `The response contains no image${quoted ? `, and it says${quoted}` : ""}.${places}`;
  return fail("no_image", text);
}

/** Names of fields that say why there is no image, in the order in which they are quoted. */
const reasonNames = [
  /refusal/,
  /^(?:\w+_)?(?:message|msg|detail|warning)$/,
  /^(?:content|text|output_text|description)$/,
  /(?:error|fail|block|finish|stop|incomplete)\w*_reason$|^reason$/,
];

/** How many texts of a kind are quoted. */
const maxReasons = 10;

/** Returns what the response says in a field for it: the model's refusal, or a message of the server. */
export function reasonIn(leaves: readonly Leaf[], redact: Redact): string | undefined {
  const texts = leaves.filter((leaf): leaf is Leaf & { value: string } => isReadable(leaf.value));
  const reasons = reasonNames
    .flatMap((name) => texts.filter(({ path }) => name.test(nameOf(path))).slice(0, maxReasons))
    .flatMap(({ value }) => sanitizeText(redact(value.slice(0, 8192)), 300) ?? []);
  return sanitizeText([...new Set(reasons)].join(" "), 300);
}

/** Returns whether a text says more than that all went well. */
function isReadable(value: unknown): boolean {
  return typeof value === "string" && !/^\s*(?:stop|success\w*|ok|done|completed|)\W*$/i.test(value);
}

function nameOf(path: Leaf["path"]): string {
  return wordsOf(String(path.findLast((part) => typeof part === "string") ?? "")).join("_");
}

/** Lists, in sentences, where the response has links, task ids and base64. Empty without any. */
function placesIn(leaves: readonly Leaf[]): string {
  const kinds: readonly [string, (leaf: Leaf) => boolean][] = [
    ["Links", ({ value }) => typeof value === "string" && /^\s*https?:\/\//i.test(value)],
    ["Task ids", isTaskId],
    [
      "Base64",
      ({ value }) => typeof value === "string" && /^(?:~\w+~\d+~|data:|[\w+/-]{80,}={0,2}$)/.test(value),
    ],
  ];
  return kinds
    .map(([name, test]) => {
      const paths = [...new Set(leaves.filter(test).map(({ path }) => `\`${formatPath(path)}\``))];
      const more = paths.length > 5 ? `, and ${paths.length - 5} more` : "";
      return paths.length > 0 ? ` ${name}: ${paths.slice(0, 5).join(", ")}${more}.` : "";
    })
    .join("");
}
