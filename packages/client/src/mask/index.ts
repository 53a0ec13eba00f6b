export { createMask, type Mask, type MaskBox, type MaskSize } from "./create-mask.ts";
export {
  type MaskFromAlphaOptions,
  type MaskFromBlackWhiteOptions,
  maskFromAlpha,
  maskFromBlackWhite,
} from "./mask-from-png.ts";
