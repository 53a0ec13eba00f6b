export type Path = readonly (string | number)[];

/** Prints a path as a JSONPath that the overlay accepts: `$.paths['/v1/images/edits'].post`. */
export function printPath(path: Path): string {
  return `$${path
    .map((key) => {
      if (typeof key === "number") return `[${key}]`;
      return /^[A-Za-z_]\w*$/.test(key)
        ? `.${key}`
        : `['${key.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}']`;
    })
    .join("")}`;
}

/** Parses a JSONPath of names and indices alone; returns undefined for one that selects by anything else. */
export function parsePath(text: string): Path | undefined {
  if (!text.startsWith("$")) return undefined;
  const path: (string | number)[] = [];
  const step = /\.([A-Za-z_][\w-]*)|\[(\d+)\]|\['((?:[^'\\]|\\.)*)'\]|\["((?:[^"\\]|\\.)*)"\]/y;
  step.lastIndex = 1;
  while (step.lastIndex < text.length) {
    const found = step.exec(text);
    if (!found) return undefined;
    const [, name, index, single, double] = found;
    path.push(
      index === undefined ? (name ?? (single ?? double ?? "").replaceAll(/\\(.)/g, "$1")) : Number(index),
    );
  }
  return path;
}
