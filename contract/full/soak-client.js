/**
 * Edits many times against a server that fails at random, in its own process: `soak-client.js ENTRY BASE_URL EDITS
 * SEED IMAGE`, under --expose-gc. Prints its measurements as JSON when everything else has been released.
 */
import { readFile } from "node:fs/promises";
import process from "node:process";

const [entry, baseUrl, edits, seed, sampleImage] = process.argv.slice(2);
const { createImageClient } = await import(entry);
const image = new Uint8Array(await readFile(sampleImage));

/** Each fault, and the expected result of its edit; every second edit succeeds. */
const faults = [
  "rate-limited",
  "rate-limited x1, then ok",
  "quota",
  "moderation",
  "server-error",
  "html-524",
];
faults.push(
  "reset",
  "truncated",
  "bad-base64",
  "empty",
  "error-200",
  "html-200",
  "stream-cut",
  "chat-completion",
);

let state = Number(seed);
/** A linear congruential generator (Numerical Recipes), so that a run can be repeated. */
function random(below) {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
  return Math.floor((state / 2 ** 32) * below);
}

const ends = {};
let requests = 0;
let retries = 0;

const client = createImageClient({
  apiKey: "soak",
  baseUrl,
  onRequest() {
    requests += 1;
  },
  onRetry() {
    retries += 1;
  },
});

async function editOnce(index) {
  // A unique script for each edit: the mock counts the steps of equal scripts together.
  const fault = random(2) === 0 ? "ok" : faults[random(faults.length)];
  const scenario = fault.includes(",") ? fault.replace("then ok", `then ok x${index + 1}`) : fault;
  const params = { model: "gpt-image-1", image, prompt: "x", ...(random(4) === 0 && { stream: true }) };
  const end = await client.edit(params, { headers: { "x-mock-scenario": scenario } }).then(
    async ({ images }) => `result of ${(await images[0].bytes()).length > 0 ? "bytes" : "nothing"}`,
    (error) => `${error.name} ${error.outcome}`,
  );
  const key = `${fault}: ${end}`;
  ends[key] = (ends[key] ?? 0) + 1;
}

/** The minimum over several collections: sockets close and buffers are freed some ticks after their last use. */
async function heapAfterGc() {
  let least = Number.POSITIVE_INFINITY;
  for (let tick = 0; tick < 40; tick += 1) {
    for (let step = 0; step < 20; step += 1) await new Promise((resolve) => setImmediate(resolve));
    globalThis.gc();
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    least = Math.min(least, heapUsed + arrayBuffers);
  }
  return least;
}

const heap = [];
const total = Number(edits);
const quarter = total / 4;
for (let from = 0; from < total; from += quarter) {
  let next = from;
  const worker = async () => {
    while (next < from + quarter) await editOnce(next++);
  };
  await Promise.all(Array.from({ length: 8 }, worker));
  heap.push(await heapAfterGc());
}
// The process exits when no handle keeps it alive; it writes the report last.
process.once("beforeExit", () => {
  const handles = process.getActiveResourcesInfo().filter((name) => !/^(Pipe|TTY)Wrap$/.test(name));
  process.stdout.write(JSON.stringify({ ends, requests, retries, heap, handles }));
});
