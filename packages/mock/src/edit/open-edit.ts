import { fieldDefaults } from "../generated/spec.gen.ts";
import type { MockRequest } from "../mock-exchange.ts";
import type { MockOptions, Platform } from "../mock-options.ts";
import type { EditImage, EditJob, ImageCodec } from "../render/edit-job.ts";
import { createPixelRenderer } from "../render/pixel-renderer.ts";
import { createPlaceholderRenderer } from "../render/placeholder-renderer.ts";
import {
  customRenderer,
  DamagedImageError,
  decodeImage,
  type PaintImage,
  type Renderer,
} from "../render/renderer.ts";
import { fieldError } from "../request/error-table.ts";
import { unreadable, type ValidRequest } from "../request/validate-request.ts";
import { estimateUsage } from "../responses/estimate-usage.ts";
import type { AcceptedEdit } from "../responses/success.ts";
import { countOf, createJob } from "./create-job.ts";
import type { ImageStore } from "./image-store.ts";

/** Decodes the images of a valid form, after which a real edit would be billed. */
export type OpenEdit = (valid: ValidRequest, request: MockRequest) => Promise<AcceptedEdit>;

/** The spec has no default, because it depends on the model: GPT image models only know this one. */
const defaultResponseFormat = "b64_json";

/** Creates an {@link OpenEdit}. The renderer is loaded with the first edit. */
export function createEditOpener(options: MockOptions, platform: Platform, store: ImageStore): OpenEdit {
  const latencyMs = options.latencyMs ?? 0;
  let tools: Promise<{ codec: ImageCodec | undefined; renderer: Renderer }> | undefined;
  const loadTools = () => {
    tools ??= platform.loadCodec().then((codec) => {
      if (typeof options.render === "function") return { codec, renderer: customRenderer(options.render) };
      const usesPlaceholders = options.render === "drawn" || !codec;
      return {
        codec,
        renderer: usesPlaceholders ? createPlaceholderRenderer(codec) : createPixelRenderer(codec),
      };
    });
    return tools;
  };

  return async (valid, request) => {
    const { codec, renderer } = await loadTools();
    const job = createJob(valid);
    if (codec && job.mask && valid.needsTransparentPixel) await requireTransparentPixel(codec, job.mask);
    if (codec)
      for (const { param, image } of valid.needsTransparency) await requireTransparency(codec, param, image);
    const paint = await openJob(renderer, job);
    const stream = valid.fields["stream"] === "true";
    const partialImages = countOf(valid.fields["partial_images"], fieldDefaults.partial_images);
    const n = Number(valid.fields["n"] ?? fieldDefaults.n);
    return {
      job,
      n,
      responseFormat: valid.fields["response_format"] ?? defaultResponseFormat,
      stream,
      partialImages,
      fields: valid.fields,
      usage: estimateUsage(job, { n, partials: stream ? partialImages : 0, fields: valid.fields }),
      created: Math.floor(Date.now() / 1000),
      latencyMs,
      signal: request.signal,
      paint: (index, detail = 1, format) => paint({ index, detail }, format),
      publish: (bytes, format) => request.root + store.add(bytes, format),
    };
  };
}

async function requireTransparentPixel(codec: ImageCodec, mask: NonNullable<EditJob["mask"]>): Promise<void> {
  const { data } = await decodeImage(codec, mask, "mask").catch(rejectDamaged);
  for (let index = 3; index < data.length; index += 4) if (data[index] === 0) return;
  throw fieldError("noHole", "mask");
}

async function requireTransparency(codec: ImageCodec, param: string, image: EditImage): Promise<void> {
  const { data } = await decodeImage(codec, image, param).catch(rejectDamaged);
  for (let index = 3; index < data.length; index += 4) if (data[index] !== 255) return;
  throw fieldError("noTransparency", param);
}

function openJob(renderer: Renderer, job: EditJob): Promise<PaintImage> {
  return renderer.open(job).catch(rejectDamaged);
}

function rejectDamaged(error: unknown): never {
  throw error instanceof DamagedImageError ? unreadable(error.param) : error;
}
