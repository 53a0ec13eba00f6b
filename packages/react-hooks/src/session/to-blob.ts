/**
 * Returns an image as a `Blob`; `undefined` for what the client has to read or refuse. By shape and tag, not by
 * `instanceof`: in a test environment or an iframe, blobs and buffers are instances of another class.
 */
export function toBlob(image: unknown): Blob | undefined {
  if (typeof image === "string") return fromDataUri(image);
  if (typeof image !== "object" || image === null) return undefined;
  if (typeof (image as Blob).slice === "function" && typeof (image as Blob).size === "number")
    return image as Blob;
  const isBuffer =
    ArrayBuffer.isView(image) || Object.prototype.toString.call(image) === "[object ArrayBuffer]";
  return isBuffer ? new Blob([image as BlobPart]) : undefined;
}

/** Decodes a base64 `data:` URI. The client itself decodes every kind; this keeps its code out of the page's start. */
function fromDataUri(uri: string): Blob | undefined {
  const comma = uri.indexOf(",");
  const [, type = ""] = /^\s*data:([^;,]*).*;\s*base64\s*$/is.exec(uri.slice(0, Math.max(0, comma))) ?? [];
  if (type === "") return undefined;
  try {
    const body = decodeURIComponent(uri.slice(comma + 1))
      .replaceAll("-", "+")
      .replaceAll("_", "/");
    return new Blob([Uint8Array.from(atob(body), (char) => char.charCodeAt(0))], { type });
  } catch {
    return undefined; // the client says why
  }
}
