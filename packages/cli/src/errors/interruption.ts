import { setMaxListeners } from "node:events";
import { CliError, exitCodes } from "./cli-error.ts";

/** Reports that a signal ended the command; it is the reason of the abort. */
function interrupted(signal: "SIGINT" | "SIGTERM"): CliError {
  return new CliError(`Stopped by ${signal}.`, {
    exitCode: signal === "SIGINT" ? exitCodes.interrupted : exitCodes.terminated,
    code: "interrupted",
  });
}

/** Turns the first SIGINT or SIGTERM into an abort, or into what `onFirst` does; the second one always aborts. */
export interface Interruption {
  readonly signal: AbortSignal;
  /** Which signal came, if one did. */
  received(): "SIGINT" | "SIGTERM" | undefined;
  abort(): void;
  dispose(): void;
}

/** Listens for the signals that end a command. */
export function listenForSignals(onFirst?: (signal: "SIGINT" | "SIGTERM") => void): Interruption {
  const controller = new AbortController();
  // Every edit in flight listens: hundreds are no leak.
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

/** Tells the first signal that comes while no command listens by {@link listenForSignals}: nothing is in flight then. */
export function onUnhandledSignal(tell: (error: CliError) => void): void {
  for (const name of ["SIGINT", "SIGTERM"] as const) {
    process.on(name, () => {
      if (process.listenerCount(name) === 1) tell(interrupted(name));
    });
  }
}
