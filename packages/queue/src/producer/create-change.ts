import type { System } from "@retouch/cli/journal";

/** Wakes one waiter at a change, or after a time. */
export function createChange({ setTimeout, clearTimeout }: System["runtime"]): {
  notify(): void;
  wait(delayMs: number): Promise<void>;
} {
  let hasChanged = false;
  let wake: () => void = () => undefined;
  return {
    notify() {
      hasChanged = true;
      wake();
    },
    async wait(delayMs) {
      if (!hasChanged) {
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, delayMs);
          wake = () => {
            clearTimeout(timer);
            resolve();
          };
        });
      }
      hasChanged = false;
    },
  };
}
