"use client";

export { directTransport } from "./direct-transport.ts";
export type { EditInput } from "./edit-input.ts";
export { EditSession } from "./edit-session.ts";
export type { EditSessionOptions } from "./edit-session-options.ts";
export {
  EditSessionProvider,
  type EditSessionProviderProps,
  useEditSession,
} from "./edit-session-provider.ts";
export type { EditPartial, EditProgress, EditState, EditStatus, Step } from "./edit-state.ts";
export type { CompleteParams, EditTransport, TransportEvents } from "./edit-transport.ts";
export type { Dab } from "./fill-capsule.ts";
export type { MaskPoint, MaskState, MaskTool } from "./mask-painter.ts";
export { MaskPainter } from "./mask-painter.ts";
export type { Corners, MaskMode, MaskStroke } from "./mask-stroke.ts";
export type { PictureFacts, PrepareOptions, PrepareReport } from "./prepare-image.ts";
export { type ProxyTransportOptions, proxyTransport } from "./proxy-transport.ts";
export { type ImageEdit, useImageEdit } from "./use-image-edit.ts";
export { type Mask, type MaskOptions, useMask } from "./use-mask.ts";
