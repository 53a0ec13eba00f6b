/**
 * Returns whether a value is a `Blob` or `File`, by its shape: those of a test environment such as jsdom, or of an
 * iframe, are instances of another class, and not all of them have the tag.
 */
export function isBlobLike(value: unknown): value is Blob {
  if (typeof value !== "object" || value === null) return false;
  const { size, type, slice } = value as Partial<Blob>;
  return typeof size === "number" && typeof type === "string" && typeof slice === "function";
}

/** Reads a blob; those of jsdom 26 have no `arrayBuffer`. */
export function readBlob(blob: Blob): Promise<ArrayBuffer> {
  if (typeof blob.arrayBuffer === "function") return blob.arrayBuffer();
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result as ArrayBuffer); // of `readAsArrayBuffer`
    reader.onerror = () => reject(reader.error);
    reader.readAsArrayBuffer(blob);
  });
}

/**
 * Returns whether this runtime sends its blobs as they are. Under jsdom, `Blob` is jsdom's and `fetch` is Node's, or
 * `Blob` is Node's and `XMLHttpRequest` is jsdom's: both would send the text "[object Blob]".
 */
export function canSendBlobs(): boolean {
  const { Blob, FileReader, Response } = globalThis as Partial<typeof globalThis>;
  if (!Blob || !Response) return false;
  const blob = new Blob([], { type: "image/png" });
  try {
    // `FileReader` belongs to `XMLHttpRequest`, and throws for a blob of another realm.
    if (FileReader) new FileReader().readAsArrayBuffer(blob);
  } catch {
    return false;
  }
  return new Response(blob).headers.get("content-type") === blob.type;
}
