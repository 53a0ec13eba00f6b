const paths = {
  brush:
    "M4 20c3 0 5-1 5-4 0-1.7-1.3-3-3-3s-2.6 1.3-2.6 3c0 1.800-.4 3-1.400 4zM9.500 13.500 19 3l2 2L11.500 15.500",
  eraser: "m7 20-4-4L14 5l6 6-9 9H7zm0 0h13M9 10l6 6",
  rectangle: "M4 6h16v12H4z",
  lasso: "M12 4c5 0 9 2.500 9 6s-4 6-9 6-9-2.500-9-6 4-6 9-6zM7 15c-2 1-2 3 0 3s2 3 0 3",
  arrow: "M5 19 19 5M10 5h9v9",
  box: "M5 5h14v14H5z",
  note: "M5 6V4h14v2M12 4v16M9 20h6",
  invert: "M12 3a9 9 0 1 0 0 18zM12 3a9 9 0 0 1 0 18",
  undo: "M9 7 4 12l5 5M4 12h10a6 6 0 0 1 6 6v1",
  redo: "m15 7 5 5-5 5M20 12H10a6 6 0 0 0-6 6v1",
  clear: "M4 7h16M9 7V4h6v3M6 7l1 13h10l1-13M10 11v5M14 11v5",
  download: "M12 4v11M7 11l5 5 5-5M4 20h16",
  image: "M4 5h16v14H4zM4 16l5-5 4 4 3-3 4 4M15.500 9.500h.01",
  plus: "M12 5v14M5 12h14",
  minus: "M5 12h14",
  hand: "M7 11V6a1.500 1.500 0 0 1 3 0v4V4.500a1.500 1.500 0 0 1 3 0V10V5.500a1.500 1.500 0 0 1 3 0V11V8a1.500 1.500 0 0 1 3 0v6a7 7 0 0 1-7 7c-3 0-4.500-1.500-6-4l-2.500-4.500c-.6-1.200 1.200-2 2-1z",
  camera: "M4 8h3l2-3h6l2 3h3v11H4zM12 17a3.500 3.500 0 1 0 0-7 3.500 3.500 0 0 0 0 7z",
  close: "m6 6 12 12M18 6 6 18",
  again: "M4 12a8 8 0 0 1 14-5l2 2M20 4v5h-5M20 12a8 8 0 0 1-14 5l-2-2M4 20v-5h5",
  copy: "M9 9h11v11H9zM5 15H4V4h11v1",
  layers: "m12 3 9 5-9 5-9-5zM3 13l9 5 9-5",
} as const;

export type IconName = keyof typeof paths;

/** Decorative icon beside a text label. */
export function Icon({ name }: { name: IconName }) {
  return (
    <svg className="icon" viewBox="0 0 24 24" aria-hidden="true">
      <path d={paths[name]} />
    </svg>
  );
}
