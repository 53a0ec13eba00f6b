const maxCode = 4096;

/** Compresses the color indices of one GIF frame with LZW, `bits` bits an index, without splitting it into blocks. */
export function compressLzw(indices: Uint8Array, bits: number): Uint8Array {
  const clear = 1 << bits;
  const output = createBitWriter(indices.length);
  // Child codes by parent code and index: a hash would be smaller and slower.
  const children = new Uint16Array(maxCode << bits);
  let width = bits + 1;
  let next = clear + 2;
  output.write(clear, width);
  let code = indices[0] ?? 0;
  for (let at = 1; at < indices.length; at += 1) {
    const index = indices[at] as number;
    const slot = (code << bits) | index;
    const child = children[slot] as number;
    if (child !== 0) {
      code = child;
      continue;
    }
    output.write(code, width);
    code = index;
    if (next === maxCode) {
      output.write(clear, width);
      children.fill(0);
      width = bits + 1;
      next = clear + 2;
      continue;
    }
    children[slot] = next;
    if (next === 1 << width) width += 1;
    next += 1;
  }
  output.write(code, width);
  // A decoder adds one more entry after that code, which may widen the next one.
  if (next === 1 << width && width < 12) width += 1;
  output.write(clear + 1, width);
  return output.end();
}

/** Collects codes of varying width, lowest bit first. */
function createBitWriter(expectedBytes: number) {
  let bytes = new Uint8Array(Math.max(256, expectedBytes >> 1));
  let length = 0;
  let pending = 0;
  let pendingBits = 0;
  const push = (byte: number) => {
    if (length === bytes.length) {
      const larger = new Uint8Array(bytes.length * 2);
      larger.set(bytes);
      bytes = larger;
    }
    bytes[length] = byte;
    length += 1;
  };
  return {
    write(code: number, width: number): void {
      pending |= code << pendingBits;
      pendingBits += width;
      while (pendingBits >= 8) {
        push(pending & 0xff);
        pending >>>= 8;
        pendingBits -= 8;
      }
    },
    end(): Uint8Array {
      if (pendingBits > 0) push(pending & 0xff);
      return bytes.subarray(0, length);
    },
  };
}
