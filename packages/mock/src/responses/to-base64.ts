/** Encodes bytes as base64 on any runtime. */
export function toBase64(bytes: Uint8Array): string {
  if (typeof Buffer !== "undefined") {
    return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("base64");
  }
  const chunks: string[] = [];
  // A multiple of three, so that chunks join without padding, and small enough for the argument limit.
  const step = 0x6000;
  for (let offset = 0; offset < bytes.length; offset += step) {
    chunks.push(btoa(String.fromCharCode(...bytes.subarray(offset, offset + step))));
  }
  return chunks.join("");
}
