/** Runs a smoke test under the Node, Bun or Deno that started it: `run-node.js ENTRY WORLD IMAGE`, prints JSON. */
import { readFile } from "node:fs/promises";
import process from "node:process";
import { probe } from "./probe.js";
import { smoke } from "./smoke.js";

const [entry, world, image] = process.argv.slice(2);
const [client, bytes] = [await import(entry), new Uint8Array(await readFile(image))];
const seen = world.startsWith("{")
  ? await probe(client, { urls: JSON.parse(world), image: bytes })
  : await smoke(client, { baseUrl: world, image: bytes });
console.log(JSON.stringify(seen));
