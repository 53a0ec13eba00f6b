import { type CSSProperties, useState } from "react";

/**
 * Two images on top of each other, with a slider for how much of each is visible. Left is left in any direction of
 * writing: the slider is over an image. Images of other ratios are shown whole, with the same center.
 */
export function CompareSlider({ before, after }: { before: string; after: string }) {
  const [percent, setPercent] = useState(50);
  return (
    <div className="compare" dir="ltr" style={{ "--cut": `${percent}%` } as CSSProperties}>
      <img className="before" src={before} alt="Before the edit" />
      <img className="after" src={after} alt="After the edit" />
      <span className="cut" aria-hidden="true" />
      <span className="tag before-tag" aria-hidden="true">
        Before
      </span>
      <span className="tag after-tag" aria-hidden="true">
        After
      </span>
      <input
        type="range"
        min={0}
        max={100}
        value={percent}
        aria-label="Compare before and after"
        aria-valuetext={`${percent} % before, ${100 - percent} % after`}
        onChange={({ target }) => setPercent(target.valueAsNumber)}
      />
    </div>
  );
}
