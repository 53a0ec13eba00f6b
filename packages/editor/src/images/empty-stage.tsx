import { Icon } from "../toolbar/icon.tsx";
import { ImageButton } from "./image-button.tsx";

/** The page before an image is opened. */
export function EmptyStage({ onImages }: { onImages: (files: readonly Blob[]) => void }) {
  const useSample = async () => {
    const sample = await fetch("/sample.png").catch(() => undefined);
    if (sample?.ok) onImages([await sample.blob()]);
  };
  return (
    <div className="empty">
      <span className="empty-mark">
        <Icon name="image" />
      </span>
      <h2>Drop an image here</h2>
      <p>Or paste one. PNG, JPEG or WebP. It is not sent until you press Edit.</p>
      <div className="row center">
        <ImageButton label="Choose images" look="primary" onImages={onImages} />
        <ImageButton label="Take a photo" icon="camera" camera onImages={onImages} />
        <button className="button quiet" type="button" onClick={useSample}>
          Try the sample
        </button>
      </div>
    </div>
  );
}
