import { type Step, useThumbnail } from "@retouch/react-hooks";

/** An image with what was drawn on it. */
export function MarkupThumbnail({ image, markup }: { image: Pick<Step, "blob" | "url">; markup: Blob }) {
  return (
    <span className="mask-thumb" role="img" aria-label="The markup: what was drawn on the image">
      <img src={useThumbnail(image)} alt="" />
      <img className="markup-layer" src={useThumbnail({ blob: markup, url: "" })} alt="" />
    </span>
  );
}

/** An image with everything outside a mask in shade. */
export function MaskThumbnail({ image, mask }: { image: Pick<Step, "blob" | "url">; mask: Blob }) {
  // A small version keeps transparency. A mask that is small already has none, and is not shaded.
  const shade = useThumbnail({ blob: mask, url: "" });
  return (
    <span className="mask-thumb" role="img" aria-label="The mask: the marked area is bright">
      <img src={useThumbnail(image)} alt="" />
      {shade && <span className="mask-shade" style={{ maskImage: `url(${shade})` }} />}
    </span>
  );
}
