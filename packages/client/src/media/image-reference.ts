import { invalidInput } from "../errors/problem-messages.ts";
import { isBlobLike } from "./blob-like.ts";

/**
 * An image that only the server opens: by a URL that it can reach, or by the id of a file that was uploaded to it. Needs
 * `dialect.body: "json"`, or a server with a `dialect.urlField`.
 */
export type ImageReference =
  | { readonly url: string; readonly fileId?: undefined }
  | { readonly fileId: string; readonly url?: undefined };

/**
 * Returns an input as a reference, or `undefined` if it is not one: then it is opened here.
 *
 * @throws {InvalidInputError} (`not-sent`) for an object that is neither a reference nor an image
 */
export function readReference(input: unknown, field: string): ImageReference | undefined {
  if (!isPlainObject(input)) return undefined;
  const given = Object.entries(input).filter(([, value]) => value !== undefined);
  const [[name, value] = [], ...others] = given;
  if (!/^(url|fileId)$/.test(name ?? "") || others.length > 0 || typeof value !== "string" || value === "")
    throw invalidInput(field, "wrong_type", { actual: { type: "object" }, expected: "reference" });
  if (name === "fileId") return { fileId: value };
  if (!isHttpUrl(value))
    throw invalidInput(field, "invalid_url", {
      detail:
        "has a `url` that is not an absolute http(s) URL. The server opens it: give an `http:` or `https:` URL, and a file, bytes or a `data:` URI as they are.",
    });
  return { url: value };
}

function isPlainObject(input: unknown): input is object {
  return (
    Object.prototype.toString.call(input) === "[object Object]" &&
    // Sources of the image-edit proxy, and blobs of test environments, are plain objects too.
    !("chunks" in (input as object)) &&
    !isBlobLike(input)
  );
}

function isHttpUrl(text: string): boolean {
  try {
    return /^https?:$/.test(new URL(text).protocol);
  } catch {
    // The caller reports it without the URL, which can be signed.
    return false;
  }
}
