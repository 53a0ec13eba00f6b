/** Returns the most that an amount may be, in whole millionths of a dollar: sums of these have no rounding errors. */
export function toMicroUsd(usd: number): number {
  // The product of 0.07 and a million is above 70000; the excess is not one more.
  return Math.ceil(Number((usd * 1e6).toPrecision(12)));
}

/** Returns millionths of a dollar as dollars. */
export function toUsd(micro: number): number {
  return micro / 1e6;
}
