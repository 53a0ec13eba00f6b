import type { RetouchCode } from "../../errors/codes.ts";
import { fileFields } from "../../generated/limits.gen.ts";
import { type ByteSource, openByteSource } from "../../media/byte-source.ts";
import { decodeDataUri, isDataUri } from "../../media/data-uri.ts";
import { fieldNames, limitsOf } from "../../models/limits.ts";
import type { ImageEditHandlerOptions } from "../handler-options.ts";
import { ProxyError } from "../proxy-error.ts";
import type { FormPart } from "./parse-multipart.ts";

/** The parameters of one edit, parsed from a form, with `force` applied. */
export interface ProxiedEdit {
  readonly params: Readonly<Record<string, unknown>>;
  readonly model: string | undefined;
}

/** The longest text of one field that is decoded: the longest prompt of any model is far shorter. */
const maxTextBytes = 262_144;

/**
 * Converts the parts of a form into parameters: numbers and booleans by the generated limits, images opened. Forced
 * fields replace what the page sent.
 *
 * @throws ProxyError 400 for a field that is unknown, repeated, or a file where text is expected.
 */
export function readFields(
  parts: readonly FormPart[],
  force: ImageEditHandlerOptions["force"] = {},
): ProxiedEdit {
  const texts = new Map<string, string>();
  const images: ByteSource[] = [];
  const files = new Map<string, ByteSource>();
  for (const { name, filename, bytes: sent } of parts) {
    const isFileField = fileFields.includes(name);
    const isImage = isFileField || /^image(\[\d*\])?$/.test(name);
    const decoded = isImage && filename === undefined ? readDataUri(name, sent) : undefined;
    const bytes = decoded ?? sent;
    if (isImage !== (filename !== undefined || decoded !== undefined)) {
      throw reject(
        name,
        "wrong_type",
        isImage ? "is text, but must be a file" : "is a file, but must be text",
      );
    }
    // A page's form sends this for a file input without a file.
    if (filename === "" && bytes.length === 0) continue;
    if (isFileField) {
      if (files.has(name)) throw reject(name, "duplicate_parameter", "is given twice");
      files.set(name, openByteSource(bytes, name));
    } else if (isImage) images.push(openByteSource(bytes, "image"));
    else {
      if (!(fieldNames as readonly string[]).includes(name))
        throw reject(name, "unknown_field", "is not a field of the spec");
      if (texts.has(name)) throw reject(name, "duplicate_parameter", "is given twice");
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
  // The client's own openers accept bytes; the sources were opened above only to be measured.
  return { params: { ...params, image: images, ...Object.fromEntries(files) }, model };
}

/** Returns the bytes of a `data:` URI, which a page may send instead of a file; `undefined` for other text. */
function readDataUri(name: string, bytes: Uint8Array): Uint8Array<ArrayBuffer> | undefined {
  if (!isDataUri(new TextDecoder().decode(bytes.subarray(0, 256)))) return undefined;
  const decoded = decodeDataUri(new TextDecoder().decode(bytes));
  if (decoded === undefined) throw reject(name, "invalid_url", "is not a valid `data:` URI");
  return decoded;
}

const strictDecoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Decodes text. Another encoding would reach the model as different text, and be billed. */
function readText(name: string, bytes: Uint8Array): string {
  try {
    return strictDecoder.decode(bytes);
  } catch {
    // The decoder reports no details.
    throw reject(name, "bad_encoding", "is not UTF-8");
  }
}

/** Returns the type of a field in the limits of any model: those of an unlisted model may not define it. */
function typeByName(name: string): "integer" | "number" | "boolean" | undefined {
  return limitsOf().fields[name]?.find((rule) => rule.type !== undefined)?.type;
}

/** Converts digits and booleans strictly; anything else stays text, and preflight reports what is wrong with it. */
function toTyped(value: string, type: "integer" | "number" | "boolean" | undefined): unknown {
  if (type === "boolean" && /^(true|false)$/.test(value)) return value === "true";
  if (type === "integer" && /^-?\d{1,15}$/.test(value)) return Number(value);
  if (type === "number" && /^-?\d{1,15}(\.\d{1,15})?$/.test(value)) return Number(value);
  return value;
}

function reject(name: string, code: RetouchCode, seen: string): ProxyError {
  const field = /^[\w[\]]{1,40}$/.test(name) ? name : "(an invalid field name)";
  return new ProxyError(
    400,
    code,
    `\`${field}\` ${seen}. Send each field of the spec once, images as files.`,
    { param: field },
  );
}
