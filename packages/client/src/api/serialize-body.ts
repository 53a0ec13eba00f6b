/**
 * Serializes the body of a request: as a form when it holds a file, otherwise as JSON. In a form, text comes before
 * files (some servers ignore text after a file) and images before other files; one image is `image`, several are
 * `image[]`, and nested fields are `svg[model]`.
 */
export function serializeBody(body: unknown): FormData | string {
  if (!hasFiles(body)) return JSON.stringify(body);
  const form = new FormData();
  const files: [string, Blob][] = [];
  for (const [name, value] of flatten(body)) {
    if (value === undefined || value === null) continue;
    const values: readonly unknown[] = Array.isArray(value) ? value : [value];
    const partName = values.length > 1 ? `${name}[]` : name;
    for (const item of values) {
      if (isBlob(item)) files.push([partName, item]);
      else form.append(partName, typeof item === "object" ? JSON.stringify(item) : String(item));
    }
  }
  files.sort(([a], [b]) => Number(!a.startsWith("image")) - Number(!b.startsWith("image")));
  for (const [name, file] of files) form.append(name, file, filenameOf(file));
  return form;
}

/** Returns the members of nested objects under the names of form fields: `svg[model]`. */
function* flatten(fields: object, parent?: string): Generator<[string, unknown]> {
  for (const [key, value] of Object.entries(fields)) {
    const name = parent === undefined ? key : `${parent}[${key}]`;
    if (Object.prototype.toString.call(value) === "[object Object]") yield* flatten(value, name);
    else yield [name, value];
  }
}

function hasFiles(body: unknown): body is Readonly<Record<string, unknown>> {
  return typeof body === "object" && body !== null && Object.values(body).flat().some(isBlob);
}

// By its tag, not by `instanceof`: a test environment or an iframe has its own Blob.
function isBlob(value: unknown): value is Blob {
  return /^\[object (Blob|File)\]$/.test(Object.prototype.toString.call(value));
}

/** Returns a filename with an extension, because servers take the format of a part from it. */
function filenameOf(file: Blob & { readonly name?: string }): string {
  return file.name ?? `image.${/^image\/(\w+)/.exec(file.type)?.[1] ?? "bin"}`;
}
