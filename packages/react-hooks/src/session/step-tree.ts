// Over 220 lines: one class; its history, inputs and references are evicted together.
import type { EditResult } from "@retouch/client";
import { InvalidInputError } from "@retouch/client/browser";
import type { PrepareReport } from "../prepare/prepare-image.ts";
import type { CompleteParams } from "../transport/edit-transport.ts";
import type { EditState, Step } from "./edit-state.ts";
import { History } from "./history.ts";
import { type Messages, withMessages, withReportMessages } from "./messages.ts";
import type { ObjectUrls } from "./object-urls.ts";
import type { ResultImage } from "./result-image.ts";
import type { RunResult } from "./run-edit.ts";
import { toBlob } from "./to-blob.ts";

/** A step that was stored, with what it was made from. */
export interface RestoredStep {
  readonly step: Step;
  readonly inputs: CompleteParams | undefined;
}

/** Images of a session, each below the one it was edited from. Releases the URLs of those beyond the limit. */
export class StepTree {
  readonly history: History<Step>;
  readonly #urls: ObjectUrls;
  readonly nextId: () => string;
  /** What each result was made from, images included. Evicted with it. */
  readonly #inputs = new Map<string, CompleteParams>();
  #referenceIds: readonly string[] = [];
  #references: readonly Step[] = [];

  constructor(limit: number, urls: ObjectUrls, nextId: () => string) {
    this.history = new History(limit);
    this.#urls = urls;
    this.nextId = nextId;
  }

  /** The part of the state that describes the images. */
  get view(): Pick<EditState, "steps" | "current" | "references" | "canUndo" | "canRedo"> {
    const { list: steps, current, canUndo, canRedo } = this.history;
    return { steps, current, references: this.references, canUndo, canRedo };
  }

  /** The references that the session has: the same array until one of them changes. */
  get references(): readonly Step[] {
    const { list } = this.history;
    const found = this.#referenceIds.flatMap((id) => list.find((step) => step.id === id) ?? []);
    const isSame =
      found.length === this.#references.length &&
      found.every((step, index) => step === this.#references[index]);
    if (!isSame) this.#references = Object.freeze(found);
    return this.#references;
  }

  get referenceIds(): readonly string[] {
    return this.#referenceIds;
  }

  set referenceIds(ids: readonly string[]) {
    this.#referenceIds = [...new Set(ids)];
  }

  /** Returns the parameters with the references as they are now, where an edit has neither its own nor an image. */
  withReferences(params: CompleteParams): CompleteParams {
    const references = this.references.filter((step) => step !== this.history.current);
    const hasOwn = params["image"] !== undefined || params["references"] !== undefined;
    return hasOwn || references.length === 0
      ? params
      : { ...params, references: references.map(({ blob }) => blob) };
  }

  /**
   * Returns the parameters with the current image where none was given, and the references after it.
   *
   * @throws InvalidInputError (`not-sent`) when the page may not read one of them.
   */
  complete({ references, ...params }: CompleteParams): CompleteParams {
    const { current } = this.history;
    const others = (references ?? []) as readonly unknown[];
    const base = params["image"] ?? current?.blob;
    const isUnreadable = base === undefined && current !== undefined;
    if (base === undefined && !isUnreadable) return params;
    const image = others.length === 0 ? base : [base, ...others].flat();
    if (!isUnreadable && !others.includes(undefined)) return { ...params, image: decodeUris(image) };
    const message =
      "This page is not allowed to read the image from its server. Open its URL, save it, and pass the file.";
    throw new InvalidInputError({
      problems: [{ severity: "error", field: "image", code: "cross_origin_image", message }],
    });
  }

  /** Returns what edits an image again: the complete parameters of a result; a source itself. */
  inputsOf(id: string): CompleteParams | undefined {
    const step = this.history.list.find((known) => known.id === id);
    if (step?.parentId === null && step.params === undefined) return { image: step.blob };
    return this.#inputs.get(id);
  }

  /** Makes an image that the caller gave current, and adds it if the session does not have it yet. */
  addSource(blob: Blob): Step {
    const known = this.history.list.find((step) => step.blob === blob);
    if (known !== undefined) {
      this.history.jumpTo(known.id);
      return known;
    }
    const source = sourceStep(this.nextId(), blob, this.#urls);
    this.#add([source], true);
    return source;
  }

  /** Adds the images of a result below the one they were edited from. The first of them may become current. */
  addResults(
    params: CompleteParams,
    { result, images, prepared }: RunResult,
    { messages, becomesCurrent }: { messages: Messages | undefined; becomesCurrent: boolean },
  ): readonly [Step, ...Step[]] {
    const parentId = this.#parentOf(params, becomesCurrent)?.id ?? null;
    const idOf = (image: unknown) =>
      this.history.list.find(({ blob }) => blob !== undefined && blob === image)?.id;
    const inputIds = [params["image"]].flat().map(idOf);
    const [first, ...others] = images.map((image) =>
      resultStep(
        { id: this.nextId(), parentId, inputIds, image, result, params, prepared, messages },
        this.#urls,
      ),
    );
    if (first === undefined) throw new TypeError("The transport returned no image.");
    for (const { id } of [first, ...others]) this.#inputs.set(id, params);
    this.#add([first, ...others], becomesCurrent);
    return [first, ...others];
  }

  /** Adds images of an earlier page or of another tab. Each gets a URL of this page. */
  restore(restored: readonly RestoredStep[], currentId: string | undefined): void {
    const steps = restored.map(({ step }) =>
      step.blob === undefined ? step : { ...step, url: this.#urls.create(step.blob) },
    );
    for (const { step, inputs } of restored) if (inputs !== undefined) this.#inputs.set(step.id, inputs);
    this.history.restore(steps, currentId);
  }

  /** Removes all images and releases every URL. */
  clear(): void {
    this.history.clear();
    this.#inputs.clear();
    this.#referenceIds = [];
    this.#urls.releaseAll();
  }

  /** Finds the image that an edit started from, or adds it when the session does not have it yet. */
  #parentOf(params: CompleteParams, becomesCurrent: boolean): Step | undefined {
    const given = params["image"];
    const image: unknown = Array.isArray(given) ? given[0] : given;
    if (image === undefined) return undefined;
    const known = this.history.list.find((step) => step.blob === image);
    if (known !== undefined) return known;
    // The edit succeeded, so it is an image; one of an unknown kind comes from a transport of the user's own.
    const blob = toBlob(image) ?? new Blob([image as BlobPart]);
    const source = sourceStep(this.nextId(), blob, this.#urls);
    this.#add([source], becomesCurrent);
    return source;
  }

  #add(steps: readonly Step[], becomesCurrent: boolean): void {
    for (const { id, url } of this.history.add(steps, becomesCurrent)) {
      this.#inputs.delete(id);
      this.#urls.release(url);
    }
  }
}

/** Decodes `data:` URIs once: what is sent, stored as a step and sent by a retry is then the same blob. */
function decodeUris(image: unknown): unknown {
  if (Array.isArray(image)) return image.map(decodeUris);
  return typeof image === "string" ? (toBlob(image) ?? image) : image;
}

function sourceStep(id: string, blob: Blob, urls: ObjectUrls): Step {
  return {
    id,
    blob,
    parentId: null,
    url: urls.create(blob),
    mediaType: blob.type === "" ? undefined : blob.type,
    params: undefined,
    mask: undefined,
    width: undefined,
    height: undefined,
    revisedPrompt: undefined,
    usage: undefined,
    requestId: undefined,
    warnings: [],
    prepared: [],
  };
}

interface ResultStepInput {
  readonly id: string;
  readonly parentId: string | null;
  readonly inputIds: Step["inputIds"];
  readonly image: ResultImage;
  readonly result: EditResult;
  readonly params: CompleteParams;
  readonly prepared: readonly PrepareReport[];
  readonly messages: Messages | undefined;
}

function resultStep(
  {
    id,
    parentId,
    inputIds,
    image: { image, blob, warning, composite },
    result,
    params,
    prepared,
    messages,
  }: ResultStepInput,
  urls: ObjectUrls,
): Step {
  const { image: _image, mask, ...fields } = params;
  return {
    id,
    parentId,
    inputIds,
    blob,
    prepared: withReportMessages(prepared, messages),
    params: fields,
    mask: toBlob(mask),
    url: blob === undefined ? (image.url ?? "") : urls.create(blob),
    mediaType: composite === undefined ? (image.mediaType ?? blob?.type) : blob?.type,
    width: composite?.width ?? image.width,
    height: composite?.height ?? image.height,
    composite: composite && { raw: composite.raw, drift: composite.drift },
    revisedPrompt: image.revisedPrompt,
    usage: result.usage,
    requestId: result.requestId,
    warnings: withMessages(warning === undefined ? result.warnings : [...result.warnings, warning], messages),
  };
}
