// Imports every entry point of the packages that the command line names.
import { readFile } from "node:fs/promises";

for (const name of process.argv.slice(2)) {
  const { exports } = JSON.parse(await readFile(`node_modules/${name}/package.json`, "utf8"));
  for (const entry of Object.keys(exports)) {
    if (entry === "./package.json") continue;
    const module = await import(name + entry.slice(1));
    if (Object.keys(module).length === 0) throw new Error(`${name + entry.slice(1)} exports nothing.`);
    console.log(name + entry.slice(1));
  }
}
