import type { Step } from "@retouch/react-hooks";
import { fileNameOf, markupOf, paramsOfStep, promptOf } from "./version-name.ts";
import { createZip } from "./zip.ts";

/** Saves every version in one archive, with its mask or markup, and a list of their prompts and parents. */
export async function downloadAll(steps: readonly Step[]): Promise<void> {
  const files = await Promise.all(
    steps.map(async (step, index) => {
      // An image that the page may not read is only in the list, with the address of its server.
      const bytes = step.blob && (await bytesOf(step.blob));
      const drawn = { mask: step.mask, markup: markupOf(step) };
      const parts = Object.entries(drawn).flatMap(([kind, blob]) =>
        blob === undefined ? [] : [{ kind, name: `${kind}-${index + 1}.png`, blob }],
      );
      return { name: fileNameOf(step, index + 1), step, bytes, parts };
    }),
  );
  const list = files.map(({ name, step, bytes, parts }) => ({
    file: bytes === undefined ? step.url : name,
    madeFrom: files.find((file) => file.step.id === step.parentId)?.name ?? null,
    prompt: step.params === undefined ? null : promptOf(step),
    ...Object.fromEntries(parts.map((part) => [part.kind, part.name])),
    params: paramsOfStep(step) ?? null,
  }));
  const text = new TextEncoder().encode(`${JSON.stringify(list, undefined, 2)}\n`);
  const images = files.flatMap(({ name, bytes }) => (bytes === undefined ? [] : [{ name, bytes }]));
  const drawn = await Promise.all(
    files.flatMap(({ parts }) => parts).map(async ({ name, blob }) => ({ name, bytes: await bytesOf(blob) })),
  );
  save(createZip([{ name: "versions.json", bytes: text }, ...images, ...drawn]), "retouched.zip");
}

async function bytesOf(blob: Blob): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await blob.arrayBuffer());
}

/** Saves a file with this name. */
export function save(blob: Blob, name: string): void {
  const url = URL.createObjectURL(blob);
  Object.assign(document.createElement("a"), { href: url, download: name }).click();
  // Revoked at once, a slow browser would save nothing.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
