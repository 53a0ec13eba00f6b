/** Makes a PNG with valid chunks, for clients that read headers, and incompressible data. */
export function pngOf(byteLength: number): Buffer {
  const bytes = Buffer.alloc(byteLength);
  for (let at = 0; at < byteLength; at++) bytes[at] = (at * 2_654_435_761) >>> 23;
  Buffer.from("89504e470d0a1a0a0000000d494844520000040000000400080600000000000000", "hex").copy(bytes);
  bytes.writeUInt32BE(byteLength - 33 - 12 - 12, 33);
  bytes.write("IDAT", 37, "latin1");
  Buffer.from("0000000049454e44ae426082", "hex").copy(bytes, byteLength - 12);
  return bytes;
}
