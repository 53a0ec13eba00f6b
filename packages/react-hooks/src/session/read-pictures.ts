import type { EditedImage, EditResult, Problem } from "@retouch/client";

/** Is one picture of an answer: its bytes, or at least the address where it lies. */
export interface Picture {
  readonly image: EditedImage;
  readonly blob: Blob | undefined;
  /** Why there are no bytes. */
  readonly warning: Problem | undefined;
}

/**
 * Reads the pictures of an answer. One whose bytes this page may not fetch is kept by its address: it was paid for.
 *
 * @throws the client's error, outcome `unknown`, when not one picture is left.
 */
export async function readPictures({ images }: EditResult, signal: AbortSignal): Promise<readonly Picture[]> {
  const failures: unknown[] = [];
  const pictures = await Promise.all(
    images.map(async (image, index): Promise<Picture | undefined> => {
      try {
        return { image, blob: await image.blob({ signal }), warning: undefined };
      } catch (cause) {
        failures.push(cause);
        return image.url === undefined ? undefined : { image, blob: undefined, warning: unread(index) };
      }
    }),
  );
  const kept = pictures.filter((picture) => picture !== undefined);
  if (kept.length === 0) throw failures[0];
  return kept;
}

function unread(index: number): Problem {
  return {
    severity: "warning",
    field: `images[${index}]`,
    code: "unreadable",
    message:
      "The server answered with an address that this page is not allowed to read. The picture can be shown and opened, but not edited further from here: save it, and give the file.",
  };
}
