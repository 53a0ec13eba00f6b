import { type Step, useThumbnail } from "@retouch/react-hooks";

/** A small version of an image. Its name is that of the button or the text beside it. */
export function StepThumbnail({ step }: { step: Step }) {
  return <img src={useThumbnail(step)} alt="" draggable={false} />;
}
