/** Waits until the runtime has done other work that is due. Node's own function takes no millisecond. */
export function nextTurn(): Promise<void> {
  const { setImmediate = setTimeout } = globalThis as { setImmediate?: (work: () => void) => unknown };
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
