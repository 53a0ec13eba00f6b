import type { EditJob } from "../render/edit-job.ts";
import type { ValidRequest } from "../request/validate-request.ts";
import { chooseSize } from "./choose-size.ts";

/** Resolves a valid request into what is to be painted: size, format and background, defaults filled in. */
export function describeJob(valid: ValidRequest): EditJob {
  const { fields, images, mask, model } = valid;
  const [first] = images;
  const { widthPx = 1, heightPx = 1, orientation = 1 } = first ?? {};
  const upright = orientation >= 5 ? { widthPx: heightPx, heightPx: widthPx } : { widthPx, heightPx };
  const compression = fields["output_compression"];
  return {
    ...(model === undefined ? {} : { model }),
    prompt: fields["prompt"] ?? "",
    images,
    ...(mask ? { mask } : {}),
    ...chooseSize({ size: fields["size"], aspectRatio: fields["aspect_ratio"] }, valid.modelSizes, upright),
    outputFormat: ["jpeg", "webp"].find((format) => format === fields["output_format"]) ?? "png",
    ...(compression === undefined ? {} : { outputCompression: Number(compression) }),
    background: fields["background"] ?? "auto",
  };
}
