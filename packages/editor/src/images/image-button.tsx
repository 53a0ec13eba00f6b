import { Icon, type IconName } from "../toolbar/icon.tsx";

interface ImageButtonProps {
  readonly label: string;
  readonly icon?: IconName;
  readonly look?: "primary" | "quiet" | "quiet icon-only";
  /** Takes a photograph instead, on a device with a camera. */
  readonly camera?: boolean;
  readonly onImages: (files: readonly File[]) => void;
}

/** Button that opens the file dialog: a real file input, so that keyboards and screen readers can use it. */
export function ImageButton({
  label,
  icon = "image",
  look = "quiet",
  camera = false,
  onImages,
}: ImageButtonProps) {
  return (
    <label className={`button ${look} ${camera ? "camera" : ""}`} title={label}>
      <Icon name={icon} />
      <span>{label}</span>
      <input
        className="visually-hidden"
        type="file"
        accept={camera ? "image/*" : "image/png,image/jpeg,image/webp"}
        {...(camera ? { capture: "environment" } : { multiple: true })}
        onChange={({ target }) => {
          const files = [...(target.files ?? [])];
          target.value = ""; // choosing the same file again also counts
          if (files.length > 0) onImages(files);
        }}
      />
    </label>
  );
}
