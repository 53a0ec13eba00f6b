import { setMaxListeners } from "node:events";
import type { EndSignal, System } from "../journal/system.ts";
import { CliError, exitCodes } from "./cli-error.ts";

/** The signals that a command handles. A closed terminal sends SIGHUP; edits in flight are billed all the same. */
const handledSignals: readonly EndSignal[] = ["SIGINT", "SIGTERM", "SIGHUP"];

/** Returns the exit code of a command that a signal ended. */
export function exitCodeOfSignal(signal: EndSignal): number {
  const { interrupted, terminated, hangup } = exitCodes;
  return { SIGINT: interrupted, SIGTERM: terminated, SIGHUP: hangup }[signal];
}

/** Creates the abort reason of a command that a signal ended. */
function interrupted(signal: EndSignal): CliError {
  return new CliError(`Stopped by ${signal}.`, {
    exitCode: exitCodeOfSignal(signal),
    code: "interrupted",
  });
}

/** Signal handling of a command. The first signal aborts or calls `onFirst`; the second always aborts. */
export interface Interruption {
  readonly signal: AbortSignal;
  /** Returns the signal that arrived, if any. */
  received(): EndSignal | undefined;
  abort(): void;
  dispose(): void;
}

/** Listens for the signals that end a command. */
export function listenForSignals(
  signals: System["signals"],
  onFirst?: (signal: EndSignal) => void,
): Interruption {
  const controller = new AbortController();
  // Every edit in flight adds a listener; hundreds are not a leak.
  setMaxListeners(0, controller.signal);
  let received: EndSignal | undefined;
  const abort = () => controller.abort(interrupted(received ?? "SIGINT"));
  const onSignal = (name: EndSignal) => {
    const first = received === undefined;
    received ??= name;
    if (first && onFirst !== undefined) onFirst(received);
    else abort();
  };
  for (const name of handledSignals) signals.on(name, onSignal);
  return {
    signal: controller.signal,
    received: () => received,
    abort,
    dispose() {
      for (const name of handledSignals) signals.off(name, onSignal);
    },
  };
}

/** Calls `onSignal` for a signal that arrives while no command uses {@link listenForSignals}: nothing is in flight then. */
export function onUnhandledSignal(onSignal: (error: CliError) => void): void {
  for (const name of handledSignals) {
    process.on(name, () => {
      if (process.listenerCount(name) === 1) onSignal(interrupted(name));
    });
  }
}
