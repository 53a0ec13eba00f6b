import { type DragEvent, type ReactNode, useEffect, useState } from "react";

/** Accepts images that are dropped on it or pasted anywhere. */
export function DropZone({
  onImages,
  children,
}: {
  onImages: (files: readonly File[]) => void;
  children: ReactNode;
}) {
  const [isOver, setIsOver] = useState(false);
  useEffect(() => {
    const paste = (event: ClipboardEvent) => {
      const files = [...(event.clipboardData?.files ?? [])];
      if (files.length > 0) onImages(files);
    };
    addEventListener("paste", paste);
    return () => removeEventListener("paste", paste);
  }, [onImages]);
  const drop = (event: DragEvent) => {
    event.preventDefault();
    setIsOver(false);
    const files = [...event.dataTransfer.files];
    if (files.length > 0) onImages(files);
  };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: dropping is a shortcut; the file button does the same
    <div
      className={isOver ? "app is-over" : "app"}
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
