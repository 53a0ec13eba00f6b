import type { EditParams, ImageInput, ModelName } from "@retouch/client";

type WithoutImage<Params> = {
  [Field in keyof Params as Field extends "image" ? never : Field]: Params[Field];
};

/**
 * Holds what one edit of a session asks for: the client's parameters, narrowed by model, but `image` may be left out.
 * The current picture is edited then.
 */
export type EditInput<M extends ModelName | undefined = ModelName | undefined> = {
  readonly model?: M;
} & WithoutImage<EditParams<NoInfer<M>>> & {
    readonly image?: ImageInput | readonly ImageInput[] | undefined;
  };
