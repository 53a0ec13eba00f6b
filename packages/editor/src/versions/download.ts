import type { Step } from "@retouch/react-hooks";
import { fileNameOf, promptOf } from "./version-name.ts";
import { createZip } from "./zip.ts";

/** Saves every version in one archive, with a list of their prompts and parents. */
export async function downloadAll(steps: readonly Step[]): Promise<void> {
  const files = await Promise.all(
    steps.map(async (step, index) => {
      // An image that the page may not read is only in the list, with the address of its server.
      const bytes = step.blob === undefined ? undefined : new Uint8Array(await step.blob.arrayBuffer());
      return { name: fileNameOf(step, index + 1), step, bytes };
    }),
  );
  const list = files.map(({ name, step, bytes }) => ({
    file: bytes === undefined ? step.url : name,
    madeFrom: files.find((file) => file.step.id === step.parentId)?.name ?? null,
    prompt: step.params === undefined ? null : promptOf(step),
    params: step.params ?? null,
  }));
  const text = new TextEncoder().encode(`${JSON.stringify(list, undefined, 2)}\n`);
  const images = files.flatMap(({ name, bytes }) => (bytes === undefined ? [] : [{ name, bytes }]));
  save(createZip([{ name: "versions.json", bytes: text }, ...images]), "retouched.zip");
}

function save(blob: Blob, name: string): void {
  const url = URL.createObjectURL(blob);
  Object.assign(document.createElement("a"), { href: url, download: name }).click();
  // Revoked at once, a slow browser would save nothing.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
