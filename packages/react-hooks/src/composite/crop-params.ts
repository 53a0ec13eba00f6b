import { InvalidInputError } from "@retouch/client/browser";
import { modelSizes } from "@retouch/client/composite";
import { limitsOf } from "@retouch/client/models";
import type { CompleteParams } from "../transport/edit-transport.ts";
import { runTaskUntil } from "../worker/run-task.ts";
import type { CompositeOptions, Original } from "./composite-options.ts";

/**
 * Replaces the first image and its mask by the part that the edit needs. An edit whose mask is empty or of another size is
 * left for preflight to reject.
 *
 * @throws InvalidInputError (`not-sent`) when this browser cannot read the image: its result could not be put back.
 */
export async function cropParams(
  params: CompleteParams,
  { image, mask }: { readonly image: Blob; readonly mask: Blob },
  { crop = true, marginPx, featherPx }: CompositeOptions,
  signal: AbortSignal,
): Promise<{ readonly params: CompleteParams; readonly original: Original | undefined }> {
  if (!crop) return { params, original: { image, mask, box: undefined, featherPx } };
  const { model, size } = params as { readonly model?: string; readonly size?: string };
  const limits = limitsOf(model).image.filter(({ severity }) => severity === "error");
  const cropped = await runTaskUntil(signal, "cropImage", {
    image,
    mask,
    sizes: modelSizes(model),
    size,
    marginPx,
    belowBytes: Math.min(...limits.map(({ belowBytes = Number.POSITIVE_INFINITY }) => belowBytes)),
  });
  if ("problem" in cropped) {
    if (cropped.problem !== "unreadable") return { params, original: undefined };
    const message =
      "This browser cannot read the image, so a result could not be put back into it. Convert it to PNG or JPEG, or leave out `composite`.";
    throw new InvalidInputError({
      problems: [{ severity: "error", field: "image", code: "invalid_image", message }],
    });
  }
  const { plan } = cropped;
  const others = Array.isArray(params["image"]) ? params["image"].slice(1) : undefined;
  return {
    params: {
      ...params,
      image: others === undefined ? cropped.image : [cropped.image, ...others],
      mask: cropped.mask,
      size: plan.size,
    },
    original: { image, mask, box: plan.box, featherPx },
  };
}
