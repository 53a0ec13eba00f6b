import type { CompositeOptions, Original } from "../composite/composite-options.ts";
import { compositeInto } from "../composite/composite-results.ts";
import { cropParams } from "../composite/crop-params.ts";
import type { ResultImage } from "../session/result-image.ts";
import { toBlob } from "../session/to-blob.ts";
import type { CompleteParams } from "../transport/edit-transport.ts";
import type { PrepareOptions, PrepareReport } from "./prepare-image.ts";
import { prepareParams } from "./prepare-params.ts";

/** Options that change what is sent. */
export interface PrepareEditOptions {
  readonly prepare?: PrepareOptions | undefined;
  readonly composite?: CompositeOptions | true | undefined;
}

/** An edit as it is sent. */
export interface PreparedEdit {
  readonly params: CompleteParams;
  readonly reports?: readonly PrepareReport[] | undefined;
  /** Puts the images of the result back into their original; `undefined` without `composite`, or without a mask. */
  readonly finish?: ((images: readonly ResultImage[]) => Promise<readonly ResultImage[]>) | undefined;
}

interface Known {
  readonly inputs: readonly unknown[];
  readonly edit: Promise<PreparedEdit>;
}

/** The newest preparation of each image: a check while someone types, and the edit after it, share it. */
const newest = new WeakMap<Blob, Known>();

/**
 * Prepares an edit: crops it for `composite`, then shrinks it for `prepare`. Nothing is prepared twice for the same images,
 * mask, model, size and options.
 */
export async function prepareEdit(
  params: CompleteParams,
  { prepare, composite }: PrepareEditOptions,
): Promise<PreparedEdit> {
  const { image, mask, model, size } = params;
  const images: readonly unknown[] = Array.isArray(image) ? image : [image];
  const [first] = images;
  const inputs = [...images, mask, model, size, JSON.stringify([prepare, composite, Array.isArray(image)])];
  const known = first instanceof Blob ? newest.get(first) : undefined;
  const isKnown =
    known !== undefined &&
    known.inputs.length === inputs.length &&
    known.inputs.every((input, at) => input === inputs[at]);
  const edit = isKnown ? known.edit : createEdit(params, { prepare, composite });
  if (first instanceof Blob && !isKnown) {
    newest.set(first, { inputs, edit });
    edit.catch(() => newest.delete(first));
  }
  const prepared = await edit;
  // Fields that do not change the images, such as the prompt, are those of this call.
  const changed = {
    image: prepared.params["image"],
    mask: prepared.params["mask"],
    size: prepared.params["size"],
  };
  return { ...prepared, params: withFields(params, changed) };
}

async function createEdit(
  params: CompleteParams,
  { prepare, composite }: PrepareEditOptions,
): Promise<PreparedEdit> {
  const options = composite === true ? {} : composite;
  const [image] = Array.isArray(params["image"]) ? params["image"] : [params["image"]];
  const [blob, mask] = [toBlob(image), toBlob(params["mask"])];
  let ready = params;
  let original: Original | undefined;
  if (options !== undefined && blob !== undefined && mask !== undefined) {
    ({ params: ready, original } = await cropParams(params, { image: blob, mask }, options));
  }
  const finish = original && compositeInto(original);
  if (prepare === undefined) return { params: ready, finish };
  return { ...(await prepareParams(ready, prepare, new AbortController().signal)), finish };
}

/** Replaces fields; one that is `undefined` is left out. */
function withFields(params: CompleteParams, changed: CompleteParams): CompleteParams {
  const entries = Object.entries({ ...params, ...changed });
  return Object.fromEntries(entries.filter(([name, value]) => value !== undefined || !(name in changed)));
}
