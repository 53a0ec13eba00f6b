const keptFields = ["code", "syscall", "errno"] as const;

/**
 * Copies a foreign error for use as a `cause`: its names, codes and messages without the given secrets. A `fetch` given
 * by the user may throw errors that hold the request, and with it the key.
 */
export function sanitizeCause(error: unknown, secrets: readonly string[], depth = 0): Error | undefined {
  if (error === undefined || error === null || depth > 5) return undefined;
  if (!(error instanceof Error)) return new Error(`${typeof error} thrown`);
  const cause = sanitizeCause(error.cause, secrets, depth + 1);
  const copy = new Error(redact(error.message, secrets), cause && { cause });
  Object.defineProperty(copy, "name", { value: redact(String(error.name), secrets), configurable: true });
  const fields = error as unknown as Record<string, unknown>;
  for (const field of keptFields) {
    const value = fields[field];
    if (typeof value === "number" || typeof value === "string") Object.assign(copy, { [field]: value });
  }
  return copy;
}

function redact(text: string, secrets: readonly string[]): string {
  let result = String(text).slice(0, 500);
  for (const secret of secrets) {
    for (const word of new Set([secret, ...secret.split(/\s+/)])) {
      if (word.length >= 6) result = result.replaceAll(word, "[redacted]");
    }
  }
  return result.replaceAll(/\bhttps?:\/\/[^\s"')]+/gi, "[url]");
}
