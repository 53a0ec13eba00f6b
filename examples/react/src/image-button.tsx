import { Icon } from "./icon.tsx";

/** Opens the file dialog: a real file input, so that keyboard and screen reader know it. */
export function PictureButton({
  label,
  quiet,
  onPicture,
}: {
  label: string;
  quiet?: boolean;
  onPicture: (file: File) => void;
}) {
  return (
    <label className={quiet ? "button quiet" : "button primary"}>
      <Icon name="picture" />
      <span>{label}</span>
      <input
        className="visually-hidden"
        type="file"
        accept="image/png,image/jpeg,image/webp"
        onChange={({ target }) => {
          const [file] = target.files ?? [];
          if (file !== undefined) onPicture(file);
          target.value = ""; // the same file can be chosen again
        }}
      />
    </label>
  );
}
