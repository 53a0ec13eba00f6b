import { type DragEvent, type ReactNode, useEffect, useState } from "react";

/** Accepts an image that is dropped on it or pasted anywhere. */
export function DropZone({ onImage, children }: { onImage: (file: File) => void; children: ReactNode }) {
  const [isOver, setIsOver] = useState(false);
  useEffect(() => {
    const paste = (event: ClipboardEvent) => {
      const [file] = event.clipboardData?.files ?? [];
      if (file !== undefined) onImage(file);
    };
    addEventListener("paste", paste);
    return () => removeEventListener("paste", paste);
  }, [onImage]);
  const drop = (event: DragEvent) => {
    event.preventDefault();
    setIsOver(false);
    const [file] = event.dataTransfer.files;
    if (file !== undefined) onImage(file);
  };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: dropping is a shortcut; the file button does the same
    <div
      className={isOver ? "drop-zone is-over" : "drop-zone"}
      onDragOver={(event) => {
        event.preventDefault();
        setIsOver(true);
      }}
      onDragLeave={() => setIsOver(false)}
      onDrop={drop}
    >
      {children}
    </div>
  );
}
