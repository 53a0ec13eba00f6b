import { type KeyboardEvent, type ReactNode, useEffect, useRef } from "react";

/**
 * A toolbar with one tab stop: the arrow keys, Home and End move between its buttons.
 *
 * @see https://www.w3.org/WAI/ARIA/apg/patterns/toolbar/
 */
export function Toolbar({ label, className = "toolbar", children }: ToolbarProps) {
  const bar = useRef<HTMLDivElement>(null);
  const last = useRef<Element>(undefined);
  useEffect(() => {
    // After every render: a button that appears must not be a second tab stop, and one that disappears is replaced by the first.
    const buttons = buttonsOf(bar.current);
    const stop = buttons.find((button) => button === last.current) ?? buttons[0];
    for (const button of buttons) button.tabIndex = button === stop ? 0 : -1;
  });
  const stopAt = (target: EventTarget) => {
    const buttons = buttonsOf(bar.current);
    if (!buttons.some((button) => button === target)) return;
    last.current = target as Element;
    for (const button of buttons) button.tabIndex = button === target ? 0 : -1;
  };
  const move = (event: KeyboardEvent) => {
    const buttons = buttonsOf(bar.current);
    const at = buttons.indexOf(event.target as HTMLButtonElement);
    const to = at < 0 ? undefined : buttons[nextIndex(event, at, buttons.length)];
    if (to === undefined) return;
    event.preventDefault();
    to.focus();
  };
  return (
    <div
      ref={bar}
      className={className}
      role="toolbar"
      aria-label={label}
      tabIndex={-1}
      onFocus={({ target }) => stopAt(target)}
      onKeyDown={move}
    >
      {children}
    </div>
  );
}

interface ToolbarProps {
  readonly label: string;
  readonly className?: string;
  readonly children: ReactNode;
}

function buttonsOf(bar: HTMLElement | null): readonly HTMLButtonElement[] {
  return [...(bar?.querySelectorAll("button") ?? [])];
}

function nextIndex(
  { key, currentTarget, ctrlKey, metaKey, altKey }: KeyboardEvent,
  at: number,
  count: number,
): number {
  if (ctrlKey || metaKey || altKey) return -1;
  const isMirrored = getComputedStyle(currentTarget).direction === "rtl";
  if (key === "Home") return 0;
  if (key === "End") return count - 1;
  if (key === "ArrowDown" || key === (isMirrored ? "ArrowLeft" : "ArrowRight")) return (at + 1) % count;
  if (key === "ArrowUp" || key === (isMirrored ? "ArrowRight" : "ArrowLeft")) return (at + count - 1) % count;
  return -1;
}
