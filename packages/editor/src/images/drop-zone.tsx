import { type DragEvent, type ReactNode, useEffect, useState } from "react";

interface DropZoneProps {
  readonly onImages: (files: readonly File[]) => void;
  /** Called when what was dropped has no file: a link, or an image of a page that gives only its URL. */
  readonly onNoFile: () => void;
  readonly children: ReactNode;
}

/** Accepts images that are dropped on it or pasted anywhere. Text is left to the field that it is for. */
export function DropZone({ onImages, onNoFile, children }: DropZoneProps) {
  const [isOver, setIsOver] = useState(false);
  useEffect(() => {
    const paste = ({ clipboardData, target }: ClipboardEvent) => {
      const files = [...(clipboardData?.files ?? [])];
      // Office programs copy text with an image of it.
      const isText = isTextField(target) && clipboardData?.types.includes("text/plain");
      if (files.length > 0 && !isText) onImages(files);
    };
    addEventListener("paste", paste);
    return () => removeEventListener("paste", paste);
  }, [onImages]);
  const drop = (event: DragEvent) => {
    setIsOver(false);
    if (isForField(event)) return;
    // The browser would leave the page for a link.
    event.preventDefault();
    const files = [...event.dataTransfer.files];
    if (files.length > 0) onImages(files);
    else onNoFile();
  };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: dropping is a shortcut; the file button does the same
    <div
      className={isOver ? "app is-over" : "app"}
      onDragOver={(event) => {
        if (isForField(event)) return;
        event.preventDefault();
        setIsOver(hasFiles(event));
      }}
      onDragLeave={({ currentTarget, relatedTarget }) => {
        if (!currentTarget.contains(relatedTarget as Node | null)) setIsOver(false);
      }}
      onDrop={drop}
    >
      {children}
    </div>
  );
}

function hasFiles({ dataTransfer }: DragEvent): boolean {
  return dataTransfer.types.includes("Files");
}

/** Returns whether text is dragged over a field for text. */
function isForField(event: DragEvent): boolean {
  return !hasFiles(event) && isTextField(event.target);
}

function isTextField(target: EventTarget | null): boolean {
  return target instanceof Element && target.matches("textarea:not([readonly]), .note-text");
}
