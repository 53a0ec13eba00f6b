/** Encodes bytes as base64 on any runtime. */
export function toBase64(bytes: Uint8Array): string {
  if (typeof Buffer !== "undefined") {
    return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("base64");
  }
  const pieces: string[] = [];
  // A multiple of three, so that pieces join without padding, and few enough for `apply`.
  const step = 0x6000;
  for (let offset = 0; offset < bytes.length; offset += step) {
    pieces.push(btoa(String.fromCharCode(...bytes.subarray(offset, offset + step))));
  }
  return pieces.join("");
}
