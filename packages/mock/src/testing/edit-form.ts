/** Creates a form from fields in their order, files last. */
export function editForm({
  image,
  mask,
  ...fields
}: {
  image?: Uint8Array | Uint8Array[];
  mask?: Uint8Array;
  [field: string]: string | Uint8Array | Uint8Array[] | undefined;
}): FormData {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) if (typeof value === "string") form.append(name, value);
  const images = image instanceof Uint8Array ? [image] : (image ?? []);
  for (const bytes of images) form.append(images.length > 1 ? "image[]" : "image", fileOf(bytes, "image"));
  if (mask) form.append("mask", fileOf(mask, "mask"));
  return form;
}

/** Creates a file whose type matches its bytes. */
export function fileOf(bytes: Uint8Array, name: string): File {
  const format = bytes[0] === 0xff ? "jpeg" : bytes[0] === 0x52 ? "webp" : "png";
  return new File([bytes as Uint8Array<ArrayBuffer>], `${name}.${format}`, { type: `image/${format}` });
}
