import { useSay } from "../announcer.tsx";
import { Icon } from "../toolbar/icon.tsx";

/** A text to read, with a button that copies it. */
export function CopyText({ label, text }: { label: string; text: string }) {
  const say = useSay();
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      say(`${label}: copied.`);
    } catch {
      say(`${label}: this browser does not allow copying. Select the text instead.`);
    }
  };
  return (
    <div className="copy-text">
      <div className="row spread">
        <span>{label}</span>
        <button className="button quiet small" type="button" aria-label={`Copy: ${label}`} onClick={copy}>
          <Icon name="copy" />
          Copy
        </button>
      </div>
      <textarea readOnly aria-label={label} value={text} rows={Math.min(14, text.split("\n").length + 1)} />
    </div>
  );
}
