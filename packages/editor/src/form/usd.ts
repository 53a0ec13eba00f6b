/** Returns an amount in dollars, small ones with more digits. */
export function usd(amount: number): string {
  if (amount > 0 && amount < 0.001) return "less than $0.001";
  return `$${amount.toFixed(amount !== 0 && amount < 0.1 ? 3 : 2)}`;
}
