import type { Step } from "@retouch/react-hooks";
import { fileNameOf, markupOf, paramsOfStep, promptOf } from "./version-name.ts";
import { createZips } from "./zip.ts";

/**
 * Saves every version in one archive, or several if it is too large for one, with its mask or markup, and a list of their
 * prompts and parents. Resolves with the names of the files that could not be read.
 */
export async function downloadAll(steps: readonly Step[]): Promise<readonly string[]> {
  const files = steps.map((step, index) => {
    const drawn = { mask: step.mask, markup: markupOf(step) };
    const parts = Object.entries(drawn).flatMap(([kind, blob]) =>
      blob === undefined ? [] : [{ kind, name: `${kind}-${index + 1}.png`, blob }],
    );
    return { name: fileNameOf(step, index + 1), step, parts };
  });
  const list = files.map(({ name, step, parts }) => ({
    // An image that the page may not read is only in the list, with the address of its server.
    file: step.blob === undefined ? step.url : name,
    madeFrom: files.find((file) => file.step.id === step.parentId)?.name ?? null,
    prompt: step.params === undefined ? null : promptOf(step),
    ...Object.fromEntries(parts.map((part) => [part.kind, part.name])),
    params: paramsOfStep(step) ?? null,
  }));
  const images = files.flatMap(({ name, step: { blob } }) => (blob === undefined ? [] : [{ name, blob }]));
  const archives = await createZips([
    { name: "versions.json", blob: new Blob([`${JSON.stringify(list, undefined, 2)}\n`]) },
    ...images,
    ...files.flatMap(({ parts }) => parts),
  ]);
  for (const [index, { blob }] of archives.entries())
    save(blob, archives.length === 1 ? "retouched.zip" : `retouched-${index + 1}.zip`);
  return archives.flatMap(({ unread }) => unread);
}

/** Saves a file with this name. */
export function save(blob: Blob, name: string): void {
  const url = URL.createObjectURL(blob);
  Object.assign(document.createElement("a"), { href: url, download: name }).click();
  // Revoked at once, a slow browser would save nothing.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
