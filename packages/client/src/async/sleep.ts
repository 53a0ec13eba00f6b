import type { Deadline } from "./deadline.ts";

/** Waits, unless the deadline's signal aborts first. */
export async function sleep({ race, runtime }: Deadline, delayMs: number): Promise<void> {
  let timer: unknown;
  const slept = new Promise<void>((resolve) => {
    timer = runtime.setTimeout(resolve, delayMs);
  });
  await race(slept).finally(() => runtime.clearTimeout(timer));
}
