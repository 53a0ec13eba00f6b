import { onContentUpdated } from "vitepress";

const storageKey = "retouch-server";

/** Shows the tabs of the server that a reader has chosen once, in each group of each page. */
export function followChosenServer(): void {
  if (typeof document === "undefined") return;
  document.addEventListener("change", ({ target }) => {
    if (!(target instanceof HTMLInputElement) || target.closest(".vp-code-group") === null) return;
    const name = target.nextElementSibling?.textContent ?? "";
    writeChoice(name);
    show(name);
  });
  onContentUpdated(() => show(readChoice()));
}

/** Without clicks, to which the theme would scroll. */
function show(name: string | null): void {
  for (const group of document.querySelectorAll(".vp-code-group")) {
    const inputs = [...group.querySelectorAll("input")];
    const chosen = inputs.findIndex((input) => input.nextElementSibling?.textContent === name);
    const input = inputs[chosen];
    if (input === undefined) continue;
    input.checked = true;
    for (const [at, block] of [...(group.querySelector(".blocks")?.children ?? [])].entries())
      block.classList.toggle("active", at === chosen);
  }
}

function readChoice(): string | null {
  try {
    return localStorage.getItem(storageKey);
  } catch {
    return null;
  }
}

function writeChoice(name: string): void {
  try {
    localStorage.setItem(storageKey, name);
  } catch {
    // Storage may be forbidden: the choice holds for this page.
  }
}
