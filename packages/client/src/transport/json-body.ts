import { encodeBase64 } from "../request/run-edit.ts";
import { type BodyFile, type RequestBody, readExactly } from "./request-body.ts";

/** A file of a JSON body, which becomes the text of a `data:` URI. */
export interface JsonFile extends BodyFile {
  /** The parameter that the file came from, named in errors. */
  readonly field: string;
}

/** A value of a JSON body: text that is JSON already, or a file. */
export type JsonValue = string | JsonFile | readonly JsonValue[] | ReadonlyMap<string, JsonValue>;

/**
 * Encodes an object as JSON (RFC 8259). Its length is known immediately; files are read on demand and become `data:` URIs
 * a chunk at a time, so that no file is held in memory.
 *
 * @example
 * const body = encodeJson(new Map<string, JsonValue>([["prompt", jsonText("A red hat")], ["images", [file]]]));
 */
export function encodeJson(members: ReadonlyMap<string, JsonValue>): RequestBody {
  const chunks: (Uint8Array | JsonFile)[] = [];
  let text = "";
  const flush = (): void => {
    if (text) chunks.push(new TextEncoder().encode(text));
    text = "";
  };
  const write = (value: JsonValue): void => {
    if (typeof value === "string") text += value;
    else if (isList(value)) writeAll("[", value, write, "]");
    else if (isMap(value)) writeAll("{", value, writeMember, "}");
    else {
      text += `"data:${value.mediaType};base64,`;
      flush();
      chunks.push(value);
      text = '"';
    }
  };
  const writeMember = ([name, value]: readonly [string, JsonValue]): void => {
    text += `${jsonText(name)}:`;
    write(value);
  };
  const writeAll = <T>(
    open: string,
    values: Iterable<T>,
    writeOne: (value: T) => void,
    close: string,
  ): void => {
    let separator = open;
    for (const value of values) {
      text += separator;
      writeOne(value);
      separator = ",";
    }
    text += separator === open ? open + close : close;
  };
  write(members);
  // The closing brace is a chunk of its own: without it, the server has no complete body.
  text = text.slice(0, -1);
  flush();
  text = "}";
  flush();
  return {
    contentType: "application/json",
    byteLength: chunks.reduce(
      (sum, chunk) =>
        sum + ("source" in chunk ? Math.ceil(chunk.source.byteLength / 3) * 4 : chunk.byteLength),
      0,
    ),
    async *chunks() {
      for (const chunk of chunks) {
        if ("source" in chunk) yield* readBase64(chunk);
        else yield chunk;
      }
    },
  };
}

/** Returns a value as JSON. As in a form, a lone surrogate of a text becomes U+FFFD: servers fail at its escape. */
export function jsonText(value: string | number | boolean): string {
  return JSON.stringify(typeof value === "string" ? wellFormed(value) : value);
}

function wellFormed(text: string): string {
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode(new TextEncoder().encode(text));
}

/** Yields a file as base64. Three bytes are four characters, so up to two bytes of a chunk wait for the next one. */
async function* readBase64(file: JsonFile): AsyncGenerator<Uint8Array> {
  const encoder = new TextEncoder();
  let rest = new Uint8Array();
  for await (const chunk of readExactly(file.field, file)) {
    const bytes = rest.length === 0 ? chunk : new Uint8Array(rest.length + chunk.length);
    if (bytes !== chunk) {
      bytes.set(rest);
      bytes.set(chunk, rest.length);
    }
    const end = bytes.length - (bytes.length % 3);
    // A copy: the chunk is valid only until the next one is requested.
    rest = bytes.slice(end);
    if (end > 0) yield encoder.encode(encodeBase64(bytes.subarray(0, end)));
  }
  if (rest.length > 0) yield encoder.encode(encodeBase64(rest));
}

function isList(value: JsonValue): value is readonly JsonValue[] {
  return Array.isArray(value);
}

function isMap(value: JsonValue): value is ReadonlyMap<string, JsonValue> {
  return value instanceof Map;
}
