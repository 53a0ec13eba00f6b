/**
 * Edits an image against the embedded mock, writes a before/after strip next to the result and prints the result's
 * path as the last line: `npm run quickstart`, or `npm run quickstart -- my.jpg "prompt"` for your own image.
 */
import { spawnSync } from "node:child_process";
import { mkdir } from "node:fs/promises";
import { basename, extname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { drawStrip } from "./draw-strip.ts";
import { exampleModel } from "./example-model.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
const sample = fileURLToPath(new URL("./sample/", import.meta.url));
const [ownImage, ownPrompt] = process.argv.slice(2);

const image =
  ownImage === undefined ? join(sample, "scene.png") : resolve(process.env["INIT_CWD"] ?? root, ownImage);
const prompt = ownPrompt ?? "Turn the balloon into stained glass";
const mask = ownImage === undefined ? ["--mask", join(sample, "mask.png")] : [];
const directory = join(root, "out");
const name = basename(image, extname(image));

await mkdir(directory, { recursive: true });
const edit = spawnSync(
  process.execPath,
  [
    join(root, "packages/cli/dist/bin.js"),
    ...["edit", image, "-m", exampleModel(), "-p", prompt, ...mask],
    ...["-o", join(directory, `${name}.edited.png`), "--mock", "--force"],
  ],
  { stdio: ["ignore", "pipe", "inherit"], encoding: "utf8" },
);
const written = edit.stdout.trim();
if (edit.status !== 0 || written === "") {
  console.error(`The quickstart edit failed with exit code ${edit.status}.`);
  process.exit(edit.status ?? 1);
}

const strip = join(directory, `${name}.before-after.png`);
await drawStrip(image, written, strip);
console.log(`Edited ${image} against the embedded mock server: no key, no cost.`);
console.log(`Before and after, side by side: ${strip}`);
console.log(resolve(written));
