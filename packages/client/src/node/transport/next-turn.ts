/** Waits until the event loop has looked for what arrived once more. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
