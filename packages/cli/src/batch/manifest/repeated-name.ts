/** Returns a name that an object in this JSON has twice, of which `JSON.parse` would drop the first value. */
export function repeatedName(json: string): string | undefined {
  /** The names of each open object; an array has none. */
  const open: (Set<string> | undefined)[] = [];
  let text = { start: 0, end: 0 };
  for (let at = 0; at < json.length; at++) {
    const character = json[at];
    if (character === '"') {
      const start = at;
      for (at++; json[at] !== '"'; at++) if (json[at] === "\\") at++;
      text = { start, end: at + 1 };
    } else if (character === "{") open.push(new Set());
    else if (character === "[") open.push(undefined);
    else if (character === "}" || character === "]") open.pop();
    else if (character === ":") {
      const name: string = JSON.parse(json.slice(text.start, text.end));
      const names = open.at(-1);
      if (names?.has(name)) return name;
      names?.add(name);
    }
  }
  return undefined;
}
