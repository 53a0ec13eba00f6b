import { InvalidInputError } from "@retouch/client/browser";
import type { CompleteParams } from "../transport/edit-transport.ts";
import type { EditState, Step } from "./edit-state.ts";
import { History } from "./history.ts";
import type { ObjectUrls } from "./object-urls.ts";
import type { Performed } from "./run-edit.ts";
import { resultStep, sourceStep } from "./step.ts";

/** Holds the pictures of a session, each below the one it was made from, and frees those that fall off the limit. */
export class StepTree {
  readonly #history: History<Step>;
  readonly #urls: ObjectUrls;
  #ids = 0;

  constructor(limit: number, urls: ObjectUrls) {
    this.#history = new History(limit);
    this.#urls = urls;
  }

  /** Gives what a component sees of the pictures. */
  get view(): Pick<EditState, "steps" | "current" | "canUndo" | "canRedo"> {
    const { list: steps, current, canUndo, canRedo } = this.#history;
    return { steps, current, canUndo, canRedo };
  }

  undo(): boolean {
    return this.#history.undo();
  }

  redo(): boolean {
    return this.#history.redo();
  }

  jumpTo(id: string): boolean {
    return this.#history.jumpTo(id);
  }

  /**
   * Puts the current picture in when none was given.
   *
   * @throws InvalidInputError (`not-sent`) when the page may not read that picture.
   */
  complete(params: CompleteParams): CompleteParams {
    const { current } = this.#history;
    if (params["image"] !== undefined || current === undefined) return params;
    if (current.blob !== undefined) return { ...params, image: current.blob };
    const message =
      "The current picture lies on a server that does not let this page read it. Open its address, save it, and give the file.";
    throw new InvalidInputError({
      problems: [{ severity: "error", field: "image", code: "unreadable", message }],
    });
  }

  /** Adds a picture that was given, and makes it current. */
  addSource(blob: Blob): Step {
    const source = sourceStep(this.#nextId(), blob, this.#urls);
    this.#add([source]);
    return source;
  }

  /** Adds what an edit brought below the picture it was made from, and makes the first of it current. */
  addResults(params: CompleteParams, { result, pictures, prepared }: Performed): readonly [Step, ...Step[]] {
    const parentId = this.#parentOf(params)?.id ?? null;
    const [first, ...others] = pictures.map((picture) =>
      resultStep({ id: this.#nextId(), parentId, picture, result, params, prepared }, this.#urls),
    );
    if (first === undefined) throw new TypeError("The transport answered without a picture.");
    this.#add([first, ...others]);
    return [first, ...others];
  }

  /** Forgets all pictures and revokes every URL. */
  clear(): void {
    this.#history.clear();
    this.#urls.revokeAll();
  }

  /** The picture that an edit was made from: one of the session, or one that enters it now. */
  #parentOf(params: CompleteParams): Step | undefined {
    const given = params["image"];
    const image: unknown = Array.isArray(given) ? given[0] : given;
    if (image === undefined) return undefined;
    const known = this.#history.list.find((step) => step.blob === image);
    if (known === undefined)
      return this.addSource(image instanceof Blob ? image : new Blob([image as BlobPart])); // by its type
    this.#history.jumpTo(known.id);
    return known;
  }

  #add(steps: readonly Step[]): void {
    for (const old of this.#history.add(steps)) this.#urls.revoke(old.url);
  }

  #nextId(): string {
    this.#ids += 1;
    return String(this.#ids);
  }
}
