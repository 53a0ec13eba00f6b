import picomatch from "picomatch";
import { usageError } from "../errors/cli-error.ts";

/** A glob, split at its first part that is not fixed. */
export interface Glob {
  /** The directory that it starts in. */
  readonly root: string;
  /** Returns whether a path relative to `root`, with `/`, matches. */
  matches(relative: string): boolean;
  /** The number of directories below `root` that a match can be in. */
  readonly depth: number;
  /** The number of directories below `root` in which links are followed; below `**` they could form a circle. */
  readonly linkDepth: number;
  /** Whether a part of it starts with a dot: only then does it match hidden names. */
  readonly hasHidden: boolean;
}

const special = /[*?[{]/;
const maxRange = 1000;

/** Returns whether text is a glob. */
export function isGlob(text: string): boolean {
  return special.test(text);
}

/**
 * Parses a glob: `*`, `?`, `[a-z]`, `[!a]`, `**`, `{a,b}` and `{1..9}`, nested too. Parentheses are literal, because
 * names such as `photo (1).jpg` are common.
 *
 * @throws CliError, exit code 2, for a glob that is too long.
 */
export function parseGlob(text: string, platform: NodeJS.Platform = process.platform): Glob {
  const segments = (platform === "win32" ? text.replaceAll("\\", "/") : text).split("/");
  const fixed = segments.findIndex((segment) => special.test(segment));
  const base = segments.slice(0, fixed).join("/").replace(/\\(.)/g, "$1");
  const rest = segments.slice(fixed);
  const globstar = rest.findIndex((segment) => segment.includes("**"));
  const linkDepth = globstar === -1 ? rest.length - 1 : globstar;
  const pattern = rest.join("/").replace(/[()|]/g, "\\$&");
  // Picomatch 4.0.7 reads on behind the end of such a pattern, without an end.
  if (/\\\\$/.test(pattern))
    throw usageError(`\`${text.slice(0, 40)}\` is not a glob: it ends with a backslash.`);
  let expression: RegExp;
  try {
    const options = { noextglob: true, nonegate: true, posix: true, windows: false, expandRange };
    expression = withoutBacktracking(picomatch.makeRe(pattern, options as picomatch.PicomatchOptions));
  } catch (error) {
    throw usageError(`\`${text.slice(0, 40)}\` is not a glob: ${(error as Error).message}.`, [], error);
  }
  return {
    root: base === "" ? (segments[0] === "" ? "/" : ".") : base,
    matches: (relative) => relative === pattern || expression.test(relative),
    depth: globstar === -1 ? linkDepth : Number.POSITIVE_INFINITY,
    linkDepth,
    hasHidden: /(?:^|[/{,])\./.test(pattern),
  };
}

/** One character: a letter, an escape or a class; without a quantifier. */
const single = String.raw`(?:\\.|\[(?:\\.|[^\]\\])+\]|[^\\[\](){}*+?|^$/.])(?![*+?{])`;
const starThenStar = new RegExp(String.raw`\[\^/\]\*\?((?:${single})+)(?=\[\^/\]\*\?)`, "g");

/**
 * Matches what is between two stars at its first place only, which is as good as any other: with all of them, `*a*a*a*a*b`
 * takes years for a long name.
 */
function withoutBacktracking({ source, flags }: RegExp): RegExp {
  let count = 0;
  const atomic = source.replace(starThenStar, (star) => {
    count += 1;
    return `(?=(?<star${count}>${star}))\\k<star${count}>`;
  });
  return new RegExp(atomic, flags);
}

/** Returns the alternatives of `{1..12}`, with leading zeros as written. Picomatch itself reads it as `[1-12]`. */
function expandRange(...given: unknown[]): string {
  const ends = given.filter((end) => typeof end === "string");
  const [from, to] = ends.map(Number);
  if (ends.length !== 2 || !Number.isSafeInteger(from) || !Number.isSafeInteger(to)) {
    return ends.every((end) => /^[a-z]$/i.test(end)) ? `[${ends.sort().join("-")}]` : ends.join("\\.\\.");
  }
  const [least = 0, greatest = 0] = [from, to].map(Number).sort((a, b) => a - b);
  if (greatest - least >= maxRange) throw new Error(`{${ends.join("..")}} has more than ${maxRange} numbers`);
  const width = ends.some((end) => /^-?0\d/.test(end)) ? Math.max(...ends.map((end) => end.length)) : 0;
  const numbers = Array.from({ length: greatest - least + 1 }, (_, at) => String(least + at));
  return `(${numbers.map((number) => number.padStart(width, "0")).join("|")})`;
}
