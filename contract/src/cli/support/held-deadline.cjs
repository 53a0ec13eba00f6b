// Preloaded into the CLI by NODE_OPTIONS: a time limit of 1000 s passes when stdin ends, so that a test can let the server
// have the form first, however long that takes.
const { setTimeout } = globalThis;

globalThis.setTimeout = (work, delayMs, ...given) => {
  if (delayMs === 1_000_000) {
    process.stdin.once("end", work).resume();
    // A process without pending work exits, even if its stdin is open.
    process.stdin.unref?.();
  }
  return setTimeout(work, delayMs, ...given);
};
