import type { EditedImage } from "../../../packages/client/src/edited-image.ts";
import { isRetouchError, type RetouchError } from "../../../packages/client/src/errors/errors.ts";
import { createRedactor } from "../../../packages/client/src/errors/redactor.ts";
import type { DecodedImage } from "../../../packages/client/src/response/decode-images.ts";
import { check } from "../engine/target.ts";
import { checkNoKey, checkPrintable, key, prompt } from "./secrets.ts";

/** Creates the images that the readers return. */
export const toImage = (given: DecodedImage): EditedImage => ({
  url: given.url,
  bytes: async () => new Uint8Array((await given.source?.slice(0, given.source.byteLength)) ?? []),
  blob: async () => new Blob(),
  dataUrl: async () => "",
});

export const redact = createRedactor([
  { text: key, minMatch: 8, isToken: true },
  { text: prompt, minMatch: 24 },
]);

// Its tables are made at its first use, which would count as steps of some input.
redact(`${key} ${prompt}`);

/** A reading in a form that can be compared. */
export interface Reading {
  readonly images: readonly string[];
  readonly messages: readonly string[];
  readonly code?: string | undefined;
  readonly rawBody?: string | undefined;
}

/** Returns an error of a billed response in a form that can be compared, after checking what its caller relies on. */
export async function readFailure(error: unknown): Promise<Reading> {
  if (!isRetouchError(error)) throw error;
  check(
    error.outcome === "unknown",
    "a billed response is never `rejected` or `not-sent`",
    () => `${error.outcome}: ${error.message}`,
  );
  checkMessage(error);
  const { images = [] } = error as { images?: readonly EditedImage[] };
  return {
    images: await imagesOf(images),
    messages: [error.message],
    code: error.code,
    rawBody: await rawBodyOf(error as { rawBody?: () => Promise<Uint8Array | undefined> }),
  };
}

/** Checks that what an error shows has neither a key nor a control character. */
export function checkMessage(error: RetouchError): void {
  for (const text of [error.message, error.code ?? "", error.requestId ?? ""]) {
    checkNoKey(text, "an error");
    checkPrintable(text, "an error");
  }
}

/** Returns images as hexadecimal digits or URLs. */
export async function imagesOf(images: readonly EditedImage[]): Promise<string[]> {
  return Promise.all(
    images.map(async (image) => image.url ?? Buffer.from(await image.bytes()).toString("hex")),
  );
}

/** Returns what a result or an error retained of the response. */
export async function rawBodyOf(from: {
  rawBody?: (() => Promise<Uint8Array | undefined>) | undefined;
}): Promise<string | undefined> {
  const bytes = await from.rawBody?.();
  return bytes && Buffer.from(bytes).toString("hex");
}
