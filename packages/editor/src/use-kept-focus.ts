import { useEffect } from "react";

/**
 * Keeps the focus on the page: when the focused element is removed, the nearest part around it that can have the focus
 * gets it. Otherwise it falls to `body`, and the Tab key starts again from the top.
 */
export function useKeptFocus(): void {
  useEffect(() => {
    let around: readonly Element[] = [];
    const remember = ({ target }: FocusEvent) => {
      around = target instanceof Element ? ancestorsOf(target) : [];
    };
    const rescue = () => {
      const [focused] = around;
      if (focused === undefined || focused.isConnected || document.activeElement !== document.body) return;
      for (const element of around) {
        if (!(element instanceof HTMLElement && element.isConnected && element.hasAttribute("tabindex")))
          continue;
        element.focus({ preventScroll: true });
        if (document.activeElement === element) return; // an empty part may be hidden
      }
    };
    const watching = new MutationObserver(rescue);
    watching.observe(document.body, { childList: true, subtree: true });
    addEventListener("focusin", remember);
    return () => {
      watching.disconnect();
      removeEventListener("focusin", remember);
    };
  }, []);
}

function ancestorsOf(element: Element): readonly Element[] {
  const all: Element[] = [];
  for (let next: Element | null = element; next !== null; next = next.parentElement) all.push(next);
  return all;
}
