import type { AnyModelFields, ModelFields } from "./generated/edit-fields.gen.ts";
import type { DataUri } from "./media/data-uri.ts";

/** Names a model whose limits are known. */
export type KnownModel = keyof ModelFields;

/** Names any model: the known ones stay in completion, every other name is sent as it is. */
export type ModelName = KnownModel | (string & {});

/** An image's bytes, or a `data:` URI with them; the entry point for Node takes paths and URLs too. */
export type ImageInput = Blob | ArrayBuffer | ArrayBufferView | DataUri;

/**
 * Fields that the spec does not know. A string is always text, so a path on Node is a `file:` URL
 * (`pathToFileURL(path)`); every other input of the entry point is sent as a file.
 */
export type ExtraFields<Input = ImageInput> = Readonly<
  Record<string, string | number | boolean | null | undefined | Exclude<Input, string>>
>;

/** Holds what every edit has, whatever its model. */
export interface CommonParams<Input = ImageInput> {
  /** The picture to edit, or several in order; the mask belongs to the first. */
  readonly image: Input | readonly Input[];
  /** What to change, in words. */
  readonly prompt: string;
  /** A PNG of the first image's pixel size, fully transparent where the edit goes. */
  readonly mask?: Input | undefined;
  /** Fields that the spec does not know, sent as they are. */
  readonly extra?: ExtraFields<Input> | undefined;
}

type AnyField = keyof AnyModelFields;

type KnownFields<M extends KnownModel, Input> = {
  readonly [K in keyof ModelFields<Input>[M]]?: ModelFields<Input>[M][K] | undefined;
};

/** A field that the model refuses may be left out or be undefined, never given. */
type RefusedFields<M extends KnownModel> = {
  readonly [K in Exclude<AnyField, keyof ModelFields[M]>]?: undefined;
};

type LooseFields<Input> = { readonly [K in AnyField]?: AnyModelFields<Input>[K] | undefined };

type Flatten<T> = { [K in keyof T]: T[K] };

type FieldsOf<M, Input> = M extends KnownModel
  ? KnownFields<M, Input> & RefusedFields<M>
  : LooseFields<Input>;

/**
 * Holds the parameters of one edit, under the spec's names. A known model narrows them to what it takes; a model that
 * nobody knows, or none, takes every known field loosely and the rest through `extra`.
 *
 * @example
 * const params: EditParams<"gpt-image-1"> = { model: "gpt-image-1", image: photo, prompt: "a red door", size: "auto" };
 */
export type EditParams<M extends ModelName | undefined = ModelName | undefined, Input = ImageInput> = Flatten<
  (M extends string ? { readonly model: M } : { readonly model?: undefined }) &
    CommonParams<Input> &
    FieldsOf<M, Input>
>;

/**
 * Holds what a call takes: the model that is given narrows the other fields, and one that may be `undefined` is fine.
 * `model` stands apart, so that a client of more kinds of pictures can be passed on as one of fewer.
 */
export type CallParams<M extends ModelName | undefined, Input> = { readonly model?: M | undefined } & Flatten<
  CommonParams<Input> & FieldsOf<NoInfer<M>, Input>
>;
