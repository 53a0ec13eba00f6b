/** What the stage shows of the current image. */
export type View = "mask" | "markup" | "compare";

interface ViewSwitchProps {
  readonly view: View;
  readonly canCompare: boolean;
  readonly onView: (view: View) => void;
}

/** Switches between the mask, the markup and the comparison with the version before. */
export function ViewSwitch({ view, canCompare, onView }: ViewSwitchProps) {
  return (
    <fieldset className="switch" aria-label="View">
      <button type="button" aria-pressed={view === "mask"} onClick={() => onView("mask")}>
        Mask
      </button>
      <button type="button" aria-pressed={view === "markup"} onClick={() => onView("markup")}>
        Markup
      </button>
      <button
        type="button"
        aria-pressed={view === "compare"}
        aria-disabled={!canCompare}
        onClick={() => {
          if (canCompare) onView("compare");
        }}
      >
        Compare
      </button>
    </fieldset>
  );
}
