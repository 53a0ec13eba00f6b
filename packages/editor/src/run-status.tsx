import type { ImageEdit } from "@retouch/react-hooks";
import { useSeconds } from "./use-seconds.ts";

/** Status of the edit in progress. Its size does not depend on its text. */
export function RunStatus({ edit }: { edit: ImageEdit }) {
  const seconds = useSeconds();
  const percent = Math.floor((edit.progress?.fraction ?? 0) * 100);
  const label = {
    preparing: "Preparing the image",
    uploading: `Uploading: ${percent} %`,
    processing: "Uploaded. The model is at work",
    streaming: `Preview ${(edit.partial?.index ?? 0) + 1}`,
  }[edit.status as "preparing" | "uploading" | "processing" | "streaming"];
  return (
    <div className="run-status">
      <div className="row spread">
        <span>{label}</span>
        <span className="muted">{seconds} s</span>
      </div>
      {edit.status === "uploading" ? (
        <progress max={1} value={edit.progress?.fraction ?? 0} aria-label="Upload" />
      ) : (
        <progress aria-label={label} />
      )}
    </div>
  );
}
