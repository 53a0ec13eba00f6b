import { nameSome } from "../batch/run/print-summary.ts";
import type { Terminal } from "../terminal/terminal.ts";
import type { EditInputs } from "./find-inputs.ts";

/** Prints what a folder or a glob has besides the images that are used. */
export function printLeftOut(
  { skipped, own, unknown, unreadable }: Omit<EditInputs, "inputs">,
  terminal: Pick<Terminal, "note" | "warn">,
): void {
  if (skipped.length > 0) {
    terminal.note(`Skipped ${skipped.length} file(s): not PNG, JPEG or WebP.`);
  }
  if (own.length > 0) {
    terminal.note(
      `Skipped ${own.length} image(s) that retouch wrote: ${nameSome(own)}. Name one to edit it again.`,
    );
  }
  if (unknown.length > 0) {
    terminal.warn(
      `${unknown.length} image(s) are named as retouch names its own, but it does not know them: ${nameSome(unknown)}. ` +
        "They are used like any other photo; move them away if they are results.",
    );
  }
  for (const { directory, code } of unreadable) {
    terminal.warn(`The folder ${directory} cannot be read (${code}): images in it are left out.`);
  }
}
