import type { EditParams, ImageInput, ModelName } from "@retouch/client";

type WithoutImage<Params> = {
  [Field in keyof Params as Field extends "image" ? never : Field]: Params[Field];
};

/**
 * Parameters of one edit in a session: the client's, narrowed by model. `image` is optional: without it the current
 * image is edited, with the `references` of the session.
 */
export type EditInput<M extends ModelName | undefined = ModelName | undefined> = {
  readonly model?: M;
} & WithoutImage<EditParams<NoInfer<M>>> & {
    readonly image?: ImageInput | readonly ImageInput[] | undefined;
    /**
     * Images that are sent after the edited one, which a queued edit gets from the edit before it. Without them and without
     * `image`, they are those of `setReferences`; `[]` sends none.
     */
    readonly references?: readonly ImageInput[] | undefined;
  };
