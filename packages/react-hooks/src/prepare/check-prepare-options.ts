import { ConfigurationError } from "@retouch/client/browser";
import type { PrepareOptions } from "./prepare-image.ts";

/**
 * Checks what a picture is to be made of, before it is made, and paid for, as a single pixel.
 *
 * @throws ConfigurationError (`not-sent`)
 */
export function checkPrepareOptions({ maxEdgePx, maxBytes, quality }: PrepareOptions): void {
  check("maxEdgePx", maxEdgePx, 1, Number.POSITIVE_INFINITY);
  check("maxBytes", maxBytes, 1, Number.POSITIVE_INFINITY);
  check("quality", quality, 0, 1);
}

function check(name: string, value: number | undefined, minimum: number, maximum: number): void {
  if (value === undefined || (typeof value === "number" && value >= minimum && value <= maximum)) return;
  const range =
    maximum === Number.POSITIVE_INFINITY ? `of ${minimum} or more` : `from ${minimum} to ${maximum}`;
  throw new ConfigurationError(`\`prepare.${name}\` is ${value}. Give a number ${range}.`);
}
