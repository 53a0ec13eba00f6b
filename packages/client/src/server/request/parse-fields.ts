import type { RetouchCode } from "../../errors/codes.ts";
import { fileFields } from "../../generated/limits.gen.ts";
import { type ByteSource, openByteSource } from "../../media/byte-source.ts";
import { fieldNames, limitsOf } from "../../models/limits.ts";
import type { ImageEditHandlerOptions } from "../handler-options.ts";
import { ProxyError } from "../proxy-error.ts";
import type { FormPart } from "./parse-multipart.ts";

/** The parameters of one edit, read from a form and changed by `force`. */
export interface ProxiedEdit {
  readonly params: Readonly<Record<string, unknown>>;
  readonly model: string | undefined;
}

/** Bounds the text of one field before it is decoded: the longest prompt of any model is far below. */
const maxTextBytes = 262_144;

/**
 * Turns the parts of a form into parameters: numbers and booleans by the generated limits, pictures opened, forced
 * fields over whatever the page sent.
 *
 * @throws Refusal 400 for a field that is unknown, comes twice, or is a file where a text belongs.
 */
export function readFields(
  parts: readonly FormPart[],
  force: ImageEditHandlerOptions["force"] = {},
): ProxiedEdit {
  const texts = new Map<string, string>();
  const images: ByteSource[] = [];
  const files = new Map<string, ByteSource>();
  for (const { name, filename, bytes } of parts) {
    const isFileField = fileFields.includes(name);
    const isImage = isFileField || /^image(\[\d*\])?$/.test(name);
    if (isImage !== (filename !== undefined)) {
      throw reject(
        name,
        "wrong_type",
        isImage ? "is text, but a file belongs there" : "is a file, but text belongs there",
      );
    }
    // What a page's own form sends for an input without a file.
    if (filename === "" && bytes.length === 0) continue;
    if (isFileField) {
      if (files.has(name)) throw reject(name, "duplicate_parameter", "comes twice");
      files.set(name, openByteSource(bytes, name));
    } else if (isImage) images.push(openByteSource(bytes, "image"));
    else {
      if (!(fieldNames as readonly string[]).includes(name))
        throw reject(name, "unknown_field", "is no field of the spec");
      if (texts.has(name)) throw reject(name, "duplicate_parameter", "comes twice");
      if (bytes.length > maxTextBytes) throw reject(name, "too_long", `is ${bytes.length} bytes long`);
      texts.set(name, readText(name, bytes));
    }
  }
  const given: Record<string, unknown> = { ...Object.fromEntries(texts), ...force };
  const model = given["model"] === undefined || given["model"] === "" ? undefined : String(given["model"]);
  const { fields } = limitsOf(model);
  const params: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(given)) {
    const type = fields[name]?.find((rule) => rule.type !== undefined)?.type ?? typeByName(name);
    params[name] = typeof value === "string" ? toTyped(value, type) : value;
  }
  // Bytes are what the client's own openers take; they were opened above only to be measured.
  return { params: { ...params, image: images, ...Object.fromEntries(files) }, model };
}

/** Other encodings would reach the model as another text, and be billed. */
function readText(name: string, bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    // The decoder says no more than that.
    throw reject(name, "bad_encoding", "is no UTF-8");
  }
}

/** Finds the type of a field in the limits of any model: an unlisted model's limits may leave it open. */
function typeByName(name: string): "integer" | "number" | "boolean" | undefined {
  return limitsOf().fields[name]?.find((rule) => rule.type !== undefined)?.type;
}

/** Reads digits and booleans strictly; anything else stays text, and preflight says what is wrong with it. */
function toTyped(value: string, type: "integer" | "number" | "boolean" | undefined): unknown {
  if (type === "boolean" && /^(true|false)$/.test(value)) return value === "true";
  if (type === "integer" && /^-?\d{1,15}$/.test(value)) return Number(value);
  if (type === "number" && /^-?\d{1,15}(\.\d{1,15})?$/.test(value)) return Number(value);
  return value;
}

function reject(name: string, code: RetouchCode, seen: string): ProxyError {
  const field = /^[\w[\]]{1,40}$/.test(name) ? name : "(a name that is no word)";
  return new ProxyError(
    400,
    code,
    `\`${field}\` ${seen}. Send each field of the spec once, pictures as files.`,
    { param: field },
  );
}
