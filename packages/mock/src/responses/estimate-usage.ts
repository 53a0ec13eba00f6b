import { familyOf, fieldDefaults, modelTokens, type TokenFacts, usualModel } from "../generated/spec.gen.ts";
import type { EditImage, EditJob } from "../render/edit-job.ts";

/** Token counts in the format of OpenAI. */
export interface ImageUsage {
  input_tokens: number;
  input_tokens_details: { image_tokens: number; text_tokens: number };
  output_tokens: number;
  output_tokens_details: { image_tokens: number; text_tokens: number };
  total_tokens: number;
}

/** Estimates the token counts of a vendor by the tables of the spec: plausible, and the same for the same input. */
export function estimateUsage(
  { model, prompt, images, mask, widthPx, heightPx }: EditJob,
  { n, partials, fields }: { n: number; partials: number; fields: Readonly<Record<string, string>> },
): ImageUsage {
  const text = Math.max(1, Math.ceil([...prompt].length / 4));
  const inputs = mask ? [...images, mask] : images;
  const fidelity = fields["input_fidelity"] ?? fieldDefaults.input_fidelity;
  const image = inputs.reduce((total, input) => total + inputTokens(model, input, fidelity), 0);
  const partial = partials * (tokensOf(model, "partialImageTokens") ?? 0);
  const output = n * (outputTokens(model, fields["quality"], { widthPx, heightPx }) + partial);
  return {
    input_tokens: text + image,
    input_tokens_details: { image_tokens: image, text_tokens: text },
    output_tokens: output,
    output_tokens_details: { image_tokens: output, text_tokens: 0 },
    total_tokens: text + image + output,
  };
}

/** Looks up what is known of a model, of the model that it is a snapshot of, or else of the usual model. */
function tokensOf<Fact extends keyof TokenFacts>(
  model: string | undefined,
  fact: Fact,
): TokenFacts[Fact] | undefined {
  const snapshotOf = familyOf(model).models.find((name) => model?.startsWith(`${name}-`));
  const own = modelTokens[model ?? ""] ?? modelTokens[snapshotOf ?? ""];
  return own?.[fact] ?? modelTokens[usualModel]?.[fact];
}

/** Returns the tokens of the closest size in the table. A quality that it lacks, `max` say, counts as its dearest. */
function outputTokens(
  model: string | undefined,
  quality: string | undefined,
  { widthPx, heightPx }: { widthPx: number; heightPx: number },
): number {
  const table = tokensOf(model, "outputTokens") ?? {};
  const isOpen = quality === undefined || quality === fieldDefaults.quality;
  const sizes = table[isOpen ? usualQuality : quality] ?? Object.values(table).at(-1) ?? {};
  const distance = (size: string) => {
    const [width = 1, height = 1] = size.split("x").map(Number);
    return Math.abs(Math.log(widthPx / width)) + Math.abs(Math.log(heightPx / height));
  };
  const [nearest = ""] = Object.keys(sizes).sort((a, b) => distance(a) - distance(b));
  return sizes[nearest] ?? 0;
}

/** The quality that the mock chooses when it may. */
export const usualQuality = "medium";

function inputTokens(model: string | undefined, { widthPx, heightPx }: EditImage, fidelity: string): number {
  const facts = tokensOf(model, "inputImage") ?? {};
  const {
    patchPx,
    mostPatches,
    tokens = 0,
    tilePx = 1,
    tileTokens = 0,
    mostTiles = 1,
    highFidelityTokens = 0,
  } = facts;
  if (patchPx !== undefined) {
    const patches = Math.ceil(widthPx / patchPx) * Math.ceil(heightPx / patchPx);
    return Math.min(patches, mostPatches ?? patches);
  }
  const scale = tilePx / Math.max(1, Math.min(widthPx, heightPx));
  const tiles = Math.ceil((widthPx * scale) / tilePx) * Math.ceil((heightPx * scale) / tilePx);
  const extra = fidelity === fieldDefaults.input_fidelity ? 0 : highFidelityTokens;
  return tokens + tileTokens * Math.min(tiles, mostTiles) + extra;
}
