import { spawn } from "node:child_process";
import path from "node:path";
import { fileURLToPath } from "node:url";
import type { QueueWorkerEvent } from "@retouch/queue";
import { cleanEnvironment } from "../cli/support/run-cli.ts";

/** What a worker has printed. */
type Printed = QueueWorkerEvent | { readonly type: "ready"; readonly name: string };

/** A worker in a process of its own, with a state directory of its own. */
export interface WorkerProcess {
  readonly events: readonly Printed[];
  signal(name: NodeJS.Signals): void;
  /** Resolves once the events so far are enough. */
  until(what: string, isEnough: (events: readonly Printed[]) => boolean): Promise<void>;
  /** Resolves once it is gone. */
  readonly ended: Promise<void>;
}

const script = path.join(path.dirname(fileURLToPath(import.meta.url)), "worker.ts");

/** Starts a worker; `state` names its state directory, so that another one may take up what it leaves. */
export async function startWorker(
  directory: string,
  state: string,
  options: Readonly<Record<string, unknown>>,
): Promise<WorkerProcess> {
  const env = { RETOUCH_API_KEY: "sk-test-0123456789", RETOUCH_STATE_DIR: path.join(directory, state) };
  const child = spawn(process.execPath, [script, JSON.stringify(options)], {
    cwd: directory,
    env: cleanEnvironment(directory, env),
    stdio: ["ignore", "pipe", "inherit"],
  });
  const events: Printed[] = [];
  const waiting = new Set<() => void>();
  const wake = () => {
    for (const look of waiting) look();
  };
  let hasEnded = false;
  const ended = new Promise<void>((resolve) =>
    child.once("close", () => {
      hasEnded = true;
      wake();
      resolve();
    }),
  );
  let rest = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) events.push(JSON.parse(line) as Printed);
    wake();
  });
  const until: WorkerProcess["until"] = (what, isEnough) =>
    new Promise((resolve, reject) => {
      const look = () => {
        if (isEnough(events)) resolve();
        else if (hasEnded) reject(new Error(`The worker ended before ${what}: ${JSON.stringify(events)}`));
        else return;
        waiting.delete(look);
      };
      waiting.add(look);
      look();
    });
  await until("it was ready", () => events.some(({ type }) => type === "ready"));
  return { events, signal: (name) => void child.kill(name), until, ended };
}
