"use client";

export type { CompositeOptions, CompositeReport } from "./composite/composite-options.ts";
export {
  EditSessionProvider,
  type EditSessionProviderProps,
  useEditSession,
} from "./hooks/edit-session-provider.ts";
export { type EditSelectorOptions, useEditSelector } from "./hooks/use-edit-selector.ts";
export { useImageEdit } from "./hooks/use-image-edit.ts";
export { type Markup, type MarkupOptions, useMarkup } from "./hooks/use-markup.ts";
export { type Mask, type MaskOptions, useMask } from "./hooks/use-mask.ts";
export { useThumbnail } from "./hooks/use-thumbnail.ts";
export { useViewport, type ViewportControls, type ViewportOptions } from "./hooks/use-viewport.ts";
export type { MarkupItem, MarkupTool } from "./markup/markup-item.ts";
export type { MarkupPainter, MarkupState } from "./markup/markup-painter.ts";
export type { Dab } from "./mask/fill-capsule.ts";
export type { MaskPoint, MaskState, MaskTool } from "./mask/mask-painter.ts";
export { MaskPainter } from "./mask/mask-painter.ts";
export type { Corners, MaskMode, MaskStroke } from "./mask/stroke.ts";
export type { ImageInfo, PrepareCode, PrepareOptions, PrepareReport } from "./prepare/prepare-image.ts";
export type { EditCallbacks } from "./session/edit-callbacks.ts";
export type { EditInput } from "./session/edit-input.ts";
export { EditSession } from "./session/edit-session.ts";
export type { EditSessionOptions } from "./session/edit-session-options.ts";
export type { EditPartial, EditState, Step } from "./session/edit-state.ts";
export type { ImageEdit } from "./session/image-edit.ts";
export type { MessageSource, Messages } from "./session/messages.ts";
export type { EditProgress, EditStatus, Run, RunStatus } from "./session/run.ts";
export { indexedDbStorage } from "./storage/indexed-db-storage.ts";
export type { SessionStorage } from "./storage/session-storage.ts";
export type { StorageState } from "./storage/storage-state.ts";
export { directTransport } from "./transport/direct-transport.ts";
export type { CompleteParams, EditTransport, TransportEvents } from "./transport/edit-transport.ts";
export { type ProxyTransportOptions, proxyTransport } from "./transport/proxy-transport.ts";
