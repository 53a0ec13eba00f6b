/** The former names of these types, until `preflight/` imports `image-info.ts`. */
export type { ImageInfo as ImageFacts, MaskInfo as MaskFacts } from "./image-info.ts";
