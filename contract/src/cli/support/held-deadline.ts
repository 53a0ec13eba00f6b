import { fileURLToPath } from "node:url";

const preloaded = fileURLToPath(new URL("held-deadline.cjs", import.meta.url));

/** The time limit of a run in {@link withHeldDeadline}, in seconds: it passes when the run's stdin ends. */
export const heldSeconds = 1000;

/** Environment of a run whose time limit passes when the test says so. */
export const withHeldDeadline = { NODE_OPTIONS: `--require ${JSON.stringify(preloaded)}` };
