// Preloaded into the CLI by NODE_OPTIONS: a clock that a test controls. It is stopped until stdin ends. From then on, no
// wait of `node:timers/promises` takes real time: the clock jumps to its end, so that journal times are exact.
const { syncBuiltinESMExports } = require("node:module");
const timers = require("node:timers/promises");

const RealDate = Date;
const startedAt = RealDate.now();
let elapsedMs = 0;
const released = new Promise((resolve) => process.stdin.once("end", resolve).resume());
// A process without pending work exits, even if its stdin is open.
process.stdin.unref?.();

performance.now = () => elapsedMs;
globalThis.Date = class extends RealDate {
  constructor(...args) {
    super(...(args.length === 0 ? [startedAt + elapsedMs] : args));
  }
  static now() {
    return startedAt + elapsedMs;
  }
};
timers.setTimeout = async (delayMs, value, { signal } = {}) => {
  const endsAt = elapsedMs + delayMs;
  signal?.throwIfAborted();
  process.stdin.ref?.();
  let stop;
  const aborted = new Promise((_, reject) => {
    stop = () => reject(signal.reason);
    signal?.addEventListener("abort", stop);
  });
  await Promise.race([released, aborted]).finally(() => signal?.removeEventListener("abort", stop));
  process.stdin.unref?.();
  elapsedMs = Math.max(elapsedMs, endsAt);
  return value;
};
syncBuiltinESMExports();
