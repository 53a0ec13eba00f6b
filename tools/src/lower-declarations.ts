import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { lowerArrayTypes } from "./release/lower-array-types.ts";

// The last step of a package's build, in its directory: TypeScript 5.5 can read what is published.
for (const entry of await readdir("dist", { recursive: true, withFileTypes: true })) {
  if (!entry.isFile() || !entry.name.endsWith(".d.ts")) continue;
  const file = join(entry.parentPath, entry.name);
  const text = await readFile(file, "utf8");
  const lowered = lowerArrayTypes(text);
  if (lowered !== text) await writeFile(file, lowered);
}
