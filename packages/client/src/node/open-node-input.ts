import { fileURLToPath } from "node:url";
import { type ByteInput, type ByteSource, openByteSource } from "../byte-source.ts";
import { downloadPicture, type PictureUrlOptions } from "./download-picture.ts";
import { invalidPicture } from "./invalid-picture.ts";
import { openPath } from "./open-path.ts";

/** What a picture may be given as on Node: a path, a `file:` or http(s) URL, or bytes. */
export type NodeInput = string | URL | ByteInput;

/** Creates the opener of the Node entry point: strings are paths unless they begin with a scheme that is known. */
export function createNodeOpener(
  options: PictureUrlOptions = {},
): (input: unknown, signal: AbortSignal) => ByteSource | Promise<ByteSource> {
  return (input, signal) => {
    if (typeof input !== "string" && !(input instanceof URL)) return openByteSource(input as ByteInput);
    if (typeof input === "string" && !/^(https?|file|data|blob|ftp):/i.test(input)) return openPath(input);
    const url = parse(input);
    if (url.protocol === "http:" || url.protocol === "https:") return downloadPicture(url, options, signal);
    if (url.protocol === "file:") return openPath(toPath(url));
    throw invalidPicture(
      "unreadable",
      `A picture's URL begins with \`${url.protocol}\`. Give a path, a \`file:\`, \`http:\` or \`https:\` URL, or the bytes.`,
    );
  };
}

function parse(input: string | URL): URL {
  try {
    return new URL(input);
  } catch (cause) {
    throw invalidPicture("unreadable", "A picture's URL is not valid. Check it, or give the bytes.", cause);
  }
}

function toPath(url: URL): string {
  try {
    return fileURLToPath(url);
  } catch (cause) {
    throw invalidPicture(
      "unreadable",
      "A picture's `file:` URL names no file of this machine. Give a path.",
      cause,
    );
  }
}
