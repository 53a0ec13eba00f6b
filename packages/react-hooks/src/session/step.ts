import type { EditResult } from "@retouch/client";
import type { PrepareReport } from "../prepare/prepare-image.ts";
import type { CompleteParams } from "../transport/edit-transport.ts";
import type { Step } from "./edit-state.ts";
import type { ObjectUrls } from "./object-urls.ts";
import type { Picture } from "./read-pictures.ts";

/** Makes the step of a picture that was given. */
export function sourceStep(id: string, blob: Blob, urls: ObjectUrls): Step {
  return {
    id,
    blob,
    parentId: null,
    url: urls.create(blob),
    mediaType: blob.type === "" ? undefined : blob.type,
    params: undefined,
    width: undefined,
    height: undefined,
    revisedPrompt: undefined,
    usage: undefined,
    requestId: undefined,
    warnings: [],
    prepared: [],
  };
}

interface Made {
  readonly id: string;
  readonly parentId: string | null;
  readonly picture: Picture;
  readonly result: EditResult;
  readonly params: CompleteParams;
  readonly prepared: readonly PrepareReport[];
}

/** Makes the step of a picture that came back. */
export function resultStep(
  { id, parentId, picture, result, params, prepared }: Made,
  urls: ObjectUrls,
): Step {
  const { image, blob, warning } = picture;
  // The pictures are left out: they would keep alive what has fallen off the history.
  const { image: _image, mask: _mask, ...words } = params;
  return {
    id,
    parentId,
    blob,
    prepared,
    params: words,
    url: blob === undefined ? (image.url ?? "") : urls.create(blob),
    mediaType: image.mediaType ?? blob?.type,
    width: image.width,
    height: image.height,
    revisedPrompt: image.revisedPrompt,
    usage: result.usage,
    requestId: result.requestId,
    warnings: warning === undefined ? result.warnings : [...result.warnings, warning],
  };
}
