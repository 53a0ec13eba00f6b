import { invalidOption } from "../errors/configuration-messages.ts";

/**
 * Rejects an option that does not exist: a mistyped limit would not limit. Names of `undefined` are ignored.
 *
 * @param prefix what comes before the name in messages: `limits.`
 * @throws ConfigurationError (`not-sent`) for the first one
 */
export function checkNames(given: object, known: readonly string[], prefix = ""): void {
  for (const [name, value] of Object.entries(given)) {
    if (value === undefined || known.includes(name)) continue;
    const near = nearestName(name, known);
    const hint =
      near === undefined
        ? `Give one of ${known.map(inCode).join(", ")}.`
        : `Did you mean ${inCode(prefix + near)}?`;
    throw invalidOption(prefix + name, `is not an option. ${hint}`);
  }
}

function inCode(name: string): string {
  return `\`${name}\``;
}

/** Returns the name that was probably meant: the closest, if at most half of it differs. */
function nearestName(name: string, known: readonly string[]): string | undefined {
  const given = name.slice(0, 64).toLowerCase();
  const distances = known.map((one) => [one, distance(given, one.toLowerCase()) / one.length] as const);
  const [best, share = 1] = distances.sort(([, a], [, b]) => a - b)[0] ?? [];
  return share <= 0.5 ? best : undefined;
}

/** Returns how many letters must be inserted, deleted or replaced to make one word of the other. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, at) => at);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, replaced));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
