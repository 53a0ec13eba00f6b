import { isObject } from "../json.ts";
import type { Json } from "../spec-types.ts";

const maxPaths = 20_000;

/** Finds the paths of a document that are most similar to a JSONPath without matches. */
export function nearestPaths(document: Json, expression: string, count = 1): string[] {
  const wanted = normalize(expression);
  return listPaths(document)
    .map((path) => ({ path, distance: distance(wanted, normalize(path)) }))
    .filter(({ distance: far }) => far <= wanted.length / 2)
    .sort((a, b) => a.distance - b.distance || (a.path < b.path ? -1 : 1))
    .slice(0, count)
    .map(({ path }) => path);
}

const normalize = (path: string) =>
  path.replace(/\["([^"]*)"\]|\['([^']*)'\]/g, ".$1$2").replaceAll("..", ".");

function listPaths(document: Json): string[] {
  const paths: string[] = [];
  const queue: { path: string; value: Json }[] = [{ path: "$", value: document }];
  for (let next = queue.shift(); next && paths.length < maxPaths; next = queue.shift()) {
    paths.push(next.path);
    if (Array.isArray(next.value)) {
      for (const [index, value] of next.value.entries())
        queue.push({ path: `${next.path}[${index}]`, value });
    } else if (isObject(next.value)) {
      for (const [key, value] of Object.entries(next.value)) {
        const step = /^[A-Za-z_][\w]*$/.test(key) ? `.${key}` : `['${key}']`;
        queue.push({ path: next.path + step, value });
      }
    }
  }
  return paths;
}

/** Returns the Levenshtein distance of two strings. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(change, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
