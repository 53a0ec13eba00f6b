import type { AnyModelFields, ModelFields } from "./generated/edit-fields.gen.ts";
import type { DataUri } from "./media/data-uri.ts";
import type { ImageReference } from "./media/image-reference.ts";

/** The name of a model whose limits are known. */
export type KnownModel = keyof ModelFields;

/** The name of any model: known names stay in completion, every other name is sent unchanged. */
export type ModelName = KnownModel | (string & {});

/** The bytes of an image, or a `data:` URI with them. The entry point for Node takes paths and URLs too. */
export type ImageInput = Blob | ArrayBuffer | ArrayBufferView | DataUri;

/**
 * Fields that the spec does not know. A string is always text, so a path on Node is a `file:` URL
 * (`pathToFileURL(path)`); every other input of the entry point is sent as a file.
 */
export type ExtraFields<Input = ImageInput> = Readonly<
  Record<string, string | number | boolean | null | undefined | Exclude<Input, string>>
>;

/** The parameters that every model takes. */
export interface CommonParams<Input = ImageInput> {
  /** The image to edit, or several in order. The mask belongs to the first. */
  readonly image: Input | ImageReference | readonly (Input | ImageReference)[];
  /** A description of the change. */
  readonly prompt: string;
  /** A PNG of the first image's size in pixels, fully transparent where the image is to be edited. */
  readonly mask?: Input | ImageReference | undefined;
  /** Fields that the spec does not know, sent unchanged. */
  readonly extra?: ExtraFields<Input> | undefined;
}

type AnyField = keyof AnyModelFields;

type KnownFields<M extends KnownModel, Input> = {
  readonly [K in keyof ModelFields<Input>[M]]?: ModelFields<Input>[M][K] | undefined;
};

/** Fields that the model does not take: they may be omitted or `undefined`. */
type RefusedFields<M extends KnownModel> = {
  readonly [K in Exclude<AnyField, keyof ModelFields[M]>]?: undefined;
};

type LooseFields<Input> = { readonly [K in AnyField]?: AnyModelFields<Input>[K] | undefined };

type Flatten<T> = { [K in keyof T]: T[K] };

type FieldsOf<M, Input> = M extends KnownModel
  ? KnownFields<M, Input> & RefusedFields<M>
  : LooseFields<Input>;

/**
 * The parameters of one edit, under the spec's names. A known model narrows them to the fields and values that it takes.
 * An unknown model, or none, takes any value for a known field, and other fields through `extra`.
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
 * The parameters of a call: its `model`, which may be `undefined`, narrows the other fields. `model` is a separate member
 * of the intersection so that a client that takes more kinds of input is assignable to one that takes fewer.
 */
export type CallParams<M extends ModelName | undefined, Input> = { readonly model?: M | undefined } & Flatten<
  CommonParams<Input> & FieldsOf<NoInfer<M>, Input>
>;
