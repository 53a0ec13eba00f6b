import type { AppliedOverlay } from "../overlay/build-spec.ts";
import { checkQuotes, type QuoteMisfit } from "../quotes/check-quotes.ts";
import type { Misfit, Spec } from "../spec-types.ts";
import { checkResponse } from "./check-response.ts";
import { checkVendorFields, fieldPath } from "./check-vendor-fields.ts";

/** Finds everything in which the vendor's document and the overlay disagree. */
export function findMisfits({ vendor, document }: AppliedOverlay, spec: Spec): Misfit[] {
  return [
    ...vendor.problems,
    ...checkQuotes(document).map((misfit) => quoteMisfit(misfit, vendor.path)),
    ...checkVendorFields(vendor, spec),
    ...checkResponse(vendor, document),
  ];
}

function quoteMisfit({ field, text, actions }: QuoteMisfit, operationPath: string): Misfit {
  return { path: `${fieldPath(operationPath, field)}.description`, text, actions };
}

/** Throws when the two disagree, and names every place. */
export function refuseMisfits(misfits: readonly Misfit[]): void {
  if (misfits.length === 0) return;
  throw new Error(misfits.map(({ path, text }) => `${path}: ${text}`).join("\n"));
}
