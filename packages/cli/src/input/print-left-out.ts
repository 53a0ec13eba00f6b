import type { Terminal } from "../terminal/terminal.ts";
import type { EditInputs } from "./find-inputs.ts";

/** Prints what a folder or a glob has besides the images that are used. */
export function printLeftOut(
  { skipped, unreadable }: Pick<EditInputs, "skipped" | "unreadable">,
  terminal: Pick<Terminal, "note" | "warn">,
): void {
  if (skipped.length > 0) {
    terminal.note(`Skipped ${skipped.length} file(s): not PNG, JPEG or WebP, or written by retouch.`);
  }
  for (const { directory, code } of unreadable) {
    terminal.warn(`The folder ${directory} cannot be read (${code}): images in it are left out.`);
  }
}
