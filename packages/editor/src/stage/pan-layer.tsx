import type { ViewportControls } from "@retouch/react-hooks";
import { type PointerEvent, useRef } from "react";

/** Lies over the image while the hand is the tool: dragging it moves the image, with one finger too. */
export function PanLayer({ viewport }: { viewport: ViewportControls }) {
  const last = useRef<{ readonly x: number; readonly y: number }>(undefined);
  const start = (event: PointerEvent<HTMLElement>) => {
    event.currentTarget.setPointerCapture(event.pointerId);
    last.current = { x: event.clientX, y: event.clientY };
  };
  const move = ({ clientX: x, clientY: y, isPrimary }: PointerEvent) => {
    if (last.current === undefined || !isPrimary) return;
    viewport.panBy(x - last.current.x, y - last.current.y);
    last.current = { x, y };
  };
  const stop = () => {
    last.current = undefined;
  };
  return (
    <div
      className="pan"
      onPointerDown={start}
      onPointerMove={move}
      onPointerUp={stop}
      onPointerCancel={stop}
    />
  );
}
