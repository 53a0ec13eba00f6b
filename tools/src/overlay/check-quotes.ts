import { arrayAt, objectAt, stringAt } from "../json.ts";
import type { Json } from "../spec-types.ts";
import { OverlayError } from "./apply-overlay.ts";

/**
 * Checks that the vendor's document still contains the text that the overlay's limits come from (`x-quotes`). The
 * vendor states every limit in prose, so a tighter limit changes only this text.
 *
 * @throws OverlayError that names the action and the missing text.
 */
export function checkQuotes(document: Json, overlay: Json): void {
  const prose = collectText(document).join("\n");
  arrayAt(overlay, "actions").forEach((action, index) => {
    for (const quote of arrayAt(action, "x-quotes")) {
      if (typeof quote !== "string" || prose.includes(squeeze(quote))) continue;
      const field = stringAt(objectAt(action), "target") ?? "";
      throw new OverlayError(
        `The vendor's document no longer says "${quote}", from which action ${index + 1} of the overlay (\`${field}\`) took its limits. ` +
          "Read what it says now, and fix the values and the quote in spec/overlay.yaml.",
      );
    }
  });
}

const squeeze = (text: string) => text.replace(/\s+/g, " ").trim();

function collectText(value: Json | undefined): string[] {
  if (typeof value === "string") return [squeeze(value)];
  if (Array.isArray(value)) return value.flatMap(collectText);
  return Object.values(objectAt(value)).flatMap(collectText);
}
