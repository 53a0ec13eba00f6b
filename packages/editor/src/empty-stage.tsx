import { Icon } from "./icon.tsx";
import { ImageButton } from "./image-button.tsx";

/** The page before an image is opened. */
export function EmptyStage({ onImage }: { onImage: (file: Blob) => void }) {
  const useSample = async () => {
    const sample = await fetch("/sample.png").catch(() => undefined);
    if (sample?.ok) onImage(await sample.blob());
  };
  return (
    <div className="empty">
      <span className="empty-mark">
        <Icon name="image" />
      </span>
      <h2>Drop an image here</h2>
      <p>Or paste one. PNG, JPEG or WebP. It is not sent until you press Edit.</p>
      <div className="row center">
        <ImageButton label="Choose an image" onImage={onImage} />
        <button className="button quiet" type="button" onClick={useSample}>
          Try the sample
        </button>
      </div>
    </div>
  );
}
