import type { MockRequest } from "../mock-exchange.ts";
import type { MockOptions, MockPlatform } from "../mock-options.ts";
import type { EditJob, PixelKit } from "../render/edit-job.ts";
import { createPixelRenderer } from "../render/pixel-renderer.ts";
import { createDrawnRenderer } from "../render/placeholder-renderer.ts";
import {
  customRenderer,
  DamagedPictureError,
  decodePicture,
  type PaintTurn,
  type Renderer,
} from "../render/renderer.ts";
import { invalidField } from "../request/api-error.ts";
import { unreadable, type ValidRequest } from "../request/validate-request.ts";
import { estimateUsage } from "../responses/estimate-usage.ts";
import type { PaidEdit } from "../responses/success.ts";
import { describeJob } from "./create-job.ts";
import type { PictureStore } from "./image-store.ts";

/** Opens the pictures of a valid form, which is when an edit would be paid for. */
export type OpenEdit = (valid: ValidRequest, request: MockRequest) => Promise<PaidEdit>;

/** Creates what opens edits; the renderer is loaded with the first. */
export function createEditOpener(
  options: MockOptions,
  platform: MockPlatform,
  store: PictureStore,
): OpenEdit {
  const latencyMs = options.latencyMs ?? 0;
  let tools: Promise<{ kit: PixelKit | undefined; renderer: Renderer }> | undefined;
  const loadTools = () => {
    tools ??= platform.loadKit().then((kit) => {
      if (typeof options.render === "function") return { kit, renderer: customRenderer(options.render) };
      const drawn = options.render === "drawn" || !kit;
      return { kit, renderer: drawn ? createDrawnRenderer(kit) : createPixelRenderer(kit) };
    });
    return tools;
  };

  return async (valid, request) => {
    const { kit, renderer } = await loadTools();
    const job = describeJob(valid);
    if (kit && job.mask && valid.needsHole) await checkHoles(kit, job.mask);
    const paint = await openJob(renderer, job);
    const n = Number(valid.fields["n"] ?? 1);
    return {
      job,
      n,
      responseFormat: valid.fields["response_format"] ?? "b64_json",
      stream: valid.fields["stream"] === "true",
      partialImages: Number(valid.fields["partial_images"] ?? 0),
      fields: valid.fields,
      usage: estimateUsage({ ...job, n, quality: valid.fields["quality"] }),
      created: Math.floor(Date.now() / 1000),
      latencyMs,
      signal: request.signal,
      paint: (index, detail = 1, format) => paint({ index, detail }, format),
      publish: (bytes, mediaType) => request.root + store.add(bytes, mediaType),
    };
  };
}

async function checkHoles(kit: PixelKit, mask: NonNullable<EditJob["mask"]>): Promise<void> {
  const { data } = await decodePicture(kit, mask, "mask").catch(refuseDamaged);
  for (let index = 3; index < data.length; index += 4) if (data[index] === 0) return;
  throw invalidField(
    "mask",
    "invalid_mask_alpha",
    "Invalid 'mask': it has no fully transparent pixel, so nothing would be edited. Make the area to edit transparent.",
  );
}

function openJob(renderer: Renderer, job: EditJob): Promise<PaintTurn> {
  return renderer.open(job).catch(refuseDamaged);
}

function refuseDamaged(error: unknown): never {
  throw error instanceof DamagedPictureError ? unreadable(error.param) : error;
}
