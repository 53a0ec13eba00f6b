import { shorten } from "./shorten.ts";

interface LongTextProps {
  readonly text: string;
  readonly className?: string;
  /** What comes before the text. */
  readonly label?: string;
}

/** A text of a person or a model, in its own direction: the beginning of a long one, which opens. */
export function LongText({ text, className = "", label = "" }: LongTextProps) {
  const short = shorten(text);
  if (short === text) {
    return (
      <p className={className}>
        {label}
        <bdi>{text}</bdi>
      </p>
    );
  }
  return (
    <details className={`long-text ${className}`}>
      <summary>
        {label}
        <bdi>{short}</bdi>
      </summary>
      <p dir="auto">{text}</p>
    </details>
  );
}
