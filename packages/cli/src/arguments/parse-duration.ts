/** Names of the units, as people write them. */
const units: readonly (readonly [RegExp, number])[] = [
  [/^(?:s|secs?|seconds?)$/, 1],
  [/^(?:m|mins?|minutes?)$/, 60],
  [/^(?:h|hrs?|hours?)$/, 3600],
];

/** The longest time that a timer of Node can wait: it fires at once for a longer one. */
export const maxSeconds = Math.floor((2 ** 31 - 1) / 1000);

/** Returns the seconds of a unit such as `s`, `min` or `h`; undefined for another word. */
export function secondsOfUnit(unit: string): number | undefined {
  return units.find(([names]) => names.test(unit))?.[1];
}

/** Parses a duration such as `600`, `90s`, `5m` or `1.5h` to seconds; undefined if it is not one, 0, or over 24 days. */
export function parseDuration(text: string): number | undefined {
  const [, count, unit = "s"] = /^(\d+(?:\.\d+)?) ?([a-z]+)?$/.exec(text) ?? [];
  const seconds = Number(count) * (secondsOfUnit(unit) ?? Number.NaN);
  return seconds > 0 && seconds <= maxSeconds ? seconds : undefined;
}
