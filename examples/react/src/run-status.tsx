import type { ImageEdit } from "@retouch/react-hooks";
import { useSeconds } from "./use-seconds.ts";

/** Says how the edit on its way goes. It takes the same room whatever it says. */
export function RunStatus({ edit }: { edit: ImageEdit }) {
  const seconds = useSeconds();
  const percent = Math.floor((edit.progress?.fraction ?? 0) * 100);
  const words = {
    preparing: "Getting the picture ready",
    uploading: `Uploading: ${percent} %`,
    processing: "Uploaded. The model is at work",
    streaming: `Preview ${(edit.partial?.index ?? 0) + 1}`,
  }[edit.status as "preparing" | "uploading" | "processing" | "streaming"];
  return (
    <div className="run-status">
      <div className="row spread">
        <span>{words}</span>
        <span className="muted">{seconds} s</span>
      </div>
      {edit.status === "uploading" ? (
        <progress max={1} value={edit.progress?.fraction ?? 0} aria-label="Upload" />
      ) : (
        <progress aria-label={words} />
      )}
    </div>
  );
}
