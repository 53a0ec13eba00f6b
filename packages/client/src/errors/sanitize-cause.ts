/**
 * Returns a copy of another library's error that cannot contain a key, a prompt or a URL: its name and code, and those of
 * its causes. Messages, stacks and other properties are omitted: custom `fetch` functions and platforms put the complete
 * request there.
 */
export function sanitizeCause(cause: unknown, depth = 0): Error | undefined {
  if (typeof cause !== "object" || cause === null || depth > 4) return undefined;
  const name = plainText(cause, "name", /^[A-Z][A-Za-z]{2,39}$/) ?? "Error";
  const code = plainText(cause, "code", /^[A-Z][A-Z0-9_]{1,59}$/);
  const inner = sanitizeCause(read(cause, "cause"), depth + 1);
  const copy = Object.assign(new Error(code ?? name, inner && { cause: inner }), code && { code });
  Object.defineProperty(copy, "name", { value: name });
  // The copy's own stack would only show this function.
  Object.defineProperty(copy, "stack", { value: code === undefined ? name : `${name}: ${code}` });
  return copy;
}

function plainText(source: object, key: string, pattern: RegExp): string | undefined {
  const value = read(source, key);
  return typeof value === "string" && pattern.test(value) ? value : undefined;
}

function read(source: object, key: string): unknown {
  try {
    return (source as Record<string, unknown>)[key];
  } catch {
    // A getter that throws has no value.
    return undefined;
  }
}
