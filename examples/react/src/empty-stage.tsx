import { Icon } from "./icon.tsx";
import { PictureButton } from "./picture-button.tsx";

/** Is what a visitor sees first. */
export function EmptyStage({ onPicture }: { onPicture: (file: Blob) => void }) {
  const useSample = async () => {
    const sample = await fetch("/sample.png").catch(() => undefined);
    if (sample?.ok) onPicture(await sample.blob());
  };
  return (
    <div className="empty">
      <span className="empty-mark">
        <Icon name="picture" />
      </span>
      <h2>Drop a picture here</h2>
      <p>Or paste one. PNG, JPEG or WebP. It stays in this page until you press Edit.</p>
      <div className="row center">
        <PictureButton label="Choose a picture" onPicture={onPicture} />
        <button className="button quiet" type="button" onClick={useSample}>
          Try the sample
        </button>
      </div>
    </div>
  );
}
