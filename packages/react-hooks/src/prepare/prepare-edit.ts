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
  readonly controller: AbortController;
  /** How many callers wait for it: the last one that is canceled stops it. */
  waiting: number;
  readonly edit: Promise<PreparedEdit>;
}

/** The newest preparation of each image: a check while someone types, and the edit after it, share it. */
const newest = new WeakMap<Blob, Known>();

/**
 * Prepares an edit: crops it for `composite`, then shrinks it for `prepare`. Nothing is prepared twice for the same images,
 * mask, markup, model, size and options. An abort stops the work, unless another caller waits for it.
 */
export async function prepareEdit(
  params: CompleteParams,
  { prepare, composite }: PrepareEditOptions,
  signal?: AbortSignal,
): Promise<PreparedEdit> {
  signal?.throwIfAborted();
  const { image, mask, markup, model, size } = params;
  const images: readonly unknown[] = Array.isArray(image) ? image : [image];
  const [first] = images;
  const inputs = [
    ...images,
    mask,
    markup,
    model,
    size,
    JSON.stringify([prepare, composite, Array.isArray(image)]),
  ];
  let known = first instanceof Blob ? newest.get(first) : undefined;
  const isKnown =
    known?.controller.signal.aborted === false &&
    known.inputs.length === inputs.length &&
    known.inputs.every((input, at) => input === inputs[at]);
  if (known === undefined || !isKnown) {
    const controller = new AbortController();
    const edit = createEdit(params, { prepare, composite }, controller.signal);
    known = { inputs, controller, waiting: 0, edit };
    if (first instanceof Blob) newest.set(first, known);
    edit.catch(() => first instanceof Blob && newest.get(first)?.edit === edit && newest.delete(first));
  }
  const prepared = await waitFor(known, signal);
  // Fields that do not change the images, such as the prompt, are those of this call.
  const changed = {
    image: prepared.params["image"],
    mask: prepared.params["mask"],
    markup: prepared.params["markup"],
    size: prepared.params["size"],
  };
  return { ...prepared, params: withFields(params, changed) };
}

/** Waits for a preparation until the signal aborts. */
function waitFor(known: Known, signal: AbortSignal | undefined): Promise<PreparedEdit> {
  known.waiting += 1;
  return new Promise((resolve, reject) => {
    const abort = (): void => {
      known.waiting -= 1;
      reject(signal?.reason);
      if (known.waiting === 0) known.controller.abort(signal?.reason);
    };
    signal?.addEventListener("abort", abort, { once: true });
    const end = (): void => {
      if (signal?.aborted !== true) known.waiting -= 1;
      signal?.removeEventListener("abort", abort);
    };
    known.edit.finally(end).then(resolve, reject);
  });
}

async function createEdit(
  params: CompleteParams,
  { prepare, composite }: PrepareEditOptions,
  signal: AbortSignal,
): Promise<PreparedEdit> {
  const options = composite === true ? {} : composite;
  const [image] = Array.isArray(params["image"]) ? params["image"] : [params["image"]];
  const [blob, mask] = [toBlob(image), toBlob(params["mask"])];
  let ready = params;
  let original: Original | undefined;
  if (options !== undefined && blob !== undefined && mask !== undefined) {
    ({ params: ready, original } = await cropParams(params, { image: blob, mask }, options, signal));
  }
  const finish = original && compositeInto(original);
  if (prepare === undefined) return { params: ready, finish };
  return { ...(await prepareParams(ready, prepare, signal)), finish };
}

/** Replaces fields; one that is `undefined` is left out. */
function withFields(params: CompleteParams, changed: CompleteParams): CompleteParams {
  const entries = Object.entries({ ...params, ...changed });
  return Object.fromEntries(entries.filter(([name, value]) => value !== undefined || !(name in changed)));
}
