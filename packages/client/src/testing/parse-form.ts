/** One part of a form that the client encoded. */
interface FormPart {
  readonly name: string;
  /** Absent for a text field. */
  readonly filename: string | undefined;
  readonly mediaType: string;
  readonly bytes: Uint8Array;
}

/**
 * Parses a form that the client encoded. Not with the platform's parser: under jsdom it cannot read files, because
 * `File` is another class there.
 */
export function parseForm(form: Uint8Array, contentType: string): FormPart[] {
  const boundary = `\r\n--${/boundary=(.*)$/.exec(contentType)?.[1]}`;
  const parts: FormPart[] = [];
  // The first boundary has no line break before it.
  let start = boundary.length - 2;
  for (let end = find(form, boundary, start); end >= 0; end = find(form, boundary, start)) {
    const headEnd = find(form, "\r\n\r\n", start);
    const head = new TextDecoder().decode(form.subarray(start, headEnd));
    const [, name = "", , filename] = /name="([^"]*)"(; filename="([^"]*)")?/.exec(head) ?? [];
    const [, mediaType = ""] = /content-type: (.*)/i.exec(head) ?? [];
    parts.push({ name: unescapeName(name), filename, mediaType, bytes: form.slice(headEnd + 4, end) });
    start = end + boundary.length;
  }
  return parts;
}

/** Undoes the escapes of names in WHATWG HTML, "multipart/form-data encoding algorithm". */
function unescapeName(name: string): string {
  return name.replace(/%0D|%0A|%22/g, decodeURIComponent);
}

function find(bytes: Uint8Array, text: string, from: number): number {
  for (let at = bytes.indexOf(13, from); at >= 0; at = bytes.indexOf(13, at + 1)) {
    let length = 1;
    while (length < text.length && bytes[at + length] === text.charCodeAt(length)) length += 1;
    if (length === text.length) return at;
  }
  return -1;
}
