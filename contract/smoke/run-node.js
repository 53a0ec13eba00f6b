/** Runs the smoke under the Node, Bun or Deno that started it: `run-node.js ENTRY BASE_URL PICTURE`, prints JSON. */
import { readFile } from "node:fs/promises";
import process from "node:process";
import { smoke } from "./smoke.js";

const [entry, baseUrl, picture] = process.argv.slice(2);
const client = await import(entry);
const seen = await smoke(client, { baseUrl, picture: new Uint8Array(await readFile(picture)) });
console.log(JSON.stringify(seen));
