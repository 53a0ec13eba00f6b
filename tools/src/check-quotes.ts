import { OverlayError } from "./apply-overlay.ts";
import { arrayAt, objectAt, stringAt } from "./json.ts";
import type { Json } from "./spec-types.ts";

/**
 * Checks that the vendor still says the words that the overlay's limits were read from (`x-quotes`). The vendor puts
 * every limit into prose, so a tighter one changes nothing but these words.
 *
 * @throws OverlayError that names the action and the words that are gone.
 */
export function checkQuotes(document: Json, overlay: Json): void {
  const prose = collectText(document).join("\n");
  arrayAt(overlay, "actions").forEach((action, index) => {
    for (const quote of arrayAt(action, "x-quotes")) {
      if (typeof quote !== "string" || prose.includes(squeeze(quote))) continue;
      const field = stringAt(objectAt(action), "target") ?? "";
      throw new OverlayError(
        `The vendor's document no longer says "${quote}", from which action ${index + 1} of the overlay (\`${field}\`) took its limits. ` +
          "Read what it says now, and mend the values and the quote in spec/overlay.yaml.",
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
