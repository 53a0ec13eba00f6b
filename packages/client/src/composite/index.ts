export { type CompositeInput, compositePixels, type Drift, hasSameRatio } from "./composite-pixels.ts";
export { fitSize, type ModelSizes, modelSizes } from "./model-sizes.ts";
export {
  clipBox,
  editedBox,
  type MaskPlane,
  type Pause,
  type PixelBox,
  type PixelSize,
  type Pixels,
} from "./pixels.ts";
export { type CropOptions, type CropPlan, cropMask, planCrop } from "./plan-crop.ts";
export { resamplePixels } from "./resample.ts";
