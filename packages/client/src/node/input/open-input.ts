import { fileURLToPath } from "node:url";
import { invalidInput } from "../../errors/problem-messages.ts";
import { type ByteInput, type ByteSource, openByteSource } from "../../media/byte-source.ts";
import { isDataUri } from "../../media/data-uri.ts";
import { nodeFiles } from "../files/durable-file.ts";
import type { ClientFiles } from "../surroundings.ts";
import { downloadImage, type ImageUrlOptions } from "./download-image.ts";
import { openPath } from "./open-file.ts";

/** Image input on Node: a path, a `file:`, http(s) or `data:` URL, or bytes. */
export type NodeInput = string | URL | ByteInput;

/** Creates the opener of the Node entry point: strings are paths unless they start with a known scheme. */
export function createNodeOpener(
  options: ImageUrlOptions = {},
  files: Pick<ClientFiles, "open"> = nodeFiles,
): (input: NodeInput, field: string, signal: AbortSignal) => ByteSource | Promise<ByteSource> {
  return (input, field, signal) => {
    const isText = typeof input === "string";
    if (isDataUri(input) || (!isText && !isUrl(input))) return openByteSource(input as ByteInput, field);
    if (isText && !/^(https?|file|blob|ftp):/i.test(input)) return openPath(input, field, files);
    const url = parse(input as string | URL, field);
    if (url.protocol === "http:" || url.protocol === "https:") {
      return downloadImage(url, field, options, signal);
    }
    if (url.protocol === "file:") return openPath(toPath(url, field), field, files);
    throw invalidInput(field, "invalid_url", {
      detail: `is a URL that begins with \`${url.protocol}\`. Give a path, a \`file:\`, \`http:\`, \`https:\` or \`data:\` URL, or the bytes.`,
    });
  };
}

// By its tag: under jsdom, `URL` is another class.
function isUrl(input: unknown): input is URL {
  return Object.prototype.toString.call(input) === "[object URL]";
}

function parse(input: string | URL, field: string): URL {
  try {
    return new URL(input);
  } catch (cause) {
    throw invalidInput(
      field,
      "invalid_url",
      { detail: "is not a valid URL. Check it, or pass the bytes." },
      cause,
    );
  }
}

function toPath(url: URL, field: string): string {
  try {
    return fileURLToPath(url);
  } catch (cause) {
    throw invalidInput(
      field,
      "invalid_url",
      { detail: "is a `file:` URL that does not name a file on this machine. Give a path." },
      cause,
    );
  }
}
