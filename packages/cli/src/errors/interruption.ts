import { setMaxListeners } from "node:events";
import { CliError, exitCodes } from "./cli-error.ts";

/** Creates the abort reason of a command that a signal ended. */
function interrupted(signal: "SIGINT" | "SIGTERM"): CliError {
  return new CliError(`Stopped by ${signal}.`, {
    exitCode: signal === "SIGINT" ? exitCodes.interrupted : exitCodes.terminated,
    code: "interrupted",
  });
}

/** Signal handling of a command. The first SIGINT or SIGTERM aborts or calls `onFirst`; the second always aborts. */
export interface Interruption {
  readonly signal: AbortSignal;
  /** Returns the signal that arrived, if any. */
  received(): "SIGINT" | "SIGTERM" | undefined;
  abort(): void;
  dispose(): void;
}

/** Listens for SIGINT and SIGTERM. */
export function listenForSignals(onFirst?: (signal: "SIGINT" | "SIGTERM") => void): Interruption {
  const controller = new AbortController();
  // Every edit in flight adds a listener; hundreds are not a leak.
  setMaxListeners(0, controller.signal);
  let received: "SIGINT" | "SIGTERM" | undefined;
  const abort = () => controller.abort(interrupted(received ?? "SIGINT"));
  const onSignal = (name: NodeJS.Signals) => {
    const first = received === undefined;
    received ??= name === "SIGTERM" ? "SIGTERM" : "SIGINT";
    if (first && onFirst !== undefined) onFirst(received);
    else abort();
  };
  process.on("SIGINT", onSignal).on("SIGTERM", onSignal);
  return {
    signal: controller.signal,
    received: () => received,
    abort,
    dispose() {
      process.off("SIGINT", onSignal).off("SIGTERM", onSignal);
    },
  };
}

/** Calls `onSignal` for a signal that arrives while no command uses {@link listenForSignals}: nothing is in flight then. */
export function onUnhandledSignal(onSignal: (error: CliError) => void): void {
  for (const name of ["SIGINT", "SIGTERM"] as const) {
    process.on(name, () => {
      if (process.listenerCount(name) === 1) onSignal(interrupted(name));
    });
  }
}
