/** Returns the name that was probably meant: the closest, if at most half of it differs. */
export function nearestName(name: string, known: readonly string[]): string | undefined {
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
