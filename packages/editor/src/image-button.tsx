import { Icon } from "./icon.tsx";

/** Button that opens the file dialog: a real file input, so that keyboards and screen readers can use it. */
export function ImageButton({
  label,
  quiet,
  onImage,
}: {
  label: string;
  quiet?: boolean;
  onImage: (file: File) => void;
}) {
  return (
    <label className={quiet ? "button quiet" : "button primary"}>
      <Icon name="image" />
      <span>{label}</span>
      <input
        className="visually-hidden"
        type="file"
        accept="image/png,image/jpeg,image/webp"
        onChange={({ target }) => {
          const [file] = target.files ?? [];
          if (file !== undefined) onImage(file);
          target.value = ""; // choosing the same file again also counts
        }}
      />
    </label>
  );
}
