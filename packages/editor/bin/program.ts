import path from "node:path";
import { fileURLToPath } from "node:url";
import { fileJobStore } from "@retouch/client/node";
import { memoryJobStore, type ProxyEvent } from "@retouch/client/server";
import type { ParsedArguments } from "../../cli/src/arguments/command-definition.ts";
import { parseArguments } from "../../cli/src/arguments/parse-arguments.ts";
import { refuseNodeOptions } from "../../cli/src/arguments/refuse-node-options.ts";
import { refuseNpmOptions } from "../../cli/src/arguments/refuse-npm-options.ts";
import { readConnectionFlags } from "../../cli/src/config/connection-flags.ts";
import { readEnvironment } from "../../cli/src/config/environment.ts";
import { usageError } from "../../cli/src/errors/cli-error.ts";
import { exitCodeOf } from "../../cli/src/errors/error-details.ts";
import { exitCodeOfSignal, type Interruption, listenForSignals } from "../../cli/src/errors/interruption.ts";
import { printError } from "../../cli/src/errors/print-error.ts";
import { stateDirectory } from "../../cli/src/journal/state-directory.ts";
import { createTerminal, type Terminal } from "../../cli/src/terminal/terminal.ts";
import { createEditorApi } from "../server/editor-api.ts";
import { type EditorServer, startEditorServer } from "../server/editor-server.ts";
import { type ImageFile, openImageFile } from "../server/image-files.ts";
import { connect, type Upstream } from "./connect.ts";
import { editorDefinition } from "./definition.ts";
import { readLastPort, storeLastPort } from "./last-port.ts";
import { openBrowser } from "./open-browser.ts";

/** How long an image that was made can be collected. */
const ttlMs = 7 * 86_400_000;

/** Runs one command line and resolves to its exit code. It never rejects: errors are printed and become an exit code. */
export async function runProgram(argv: readonly string[]): Promise<number> {
  let terminal = createTerminal();
  try {
    refuseNodeOptions(argv);
    refuseNpmOptions(editorDefinition, argv, process.env);
    const parsed = parseArguments(editorDefinition, argv);
    terminal = createTerminal({ quiet: parsed.has("quiet") });
    return await serve(parsed, terminal);
  } catch (error) {
    printError(terminal, error);
    return exitCodeOf(error);
  }
}

async function serve(parsed: ParsedArguments, terminal: Terminal): Promise<number> {
  const images = await openImages(parsed.operands);
  const env = await readEnvironment(process.env, parsed.text("settings"));
  const flags = readConnectionFlags(parsed);
  const upstream = await connect(flags, env, parsed.text("model"));
  try {
    const state = path.join(stateDirectory({ ...process.env, ...env }), "editor");
    const server = await start(upstream, images, parsed.number("port"), { state, terminal });
    let wait: () => void = () => undefined;
    const isAsked = new Promise<void>((resolve) => {
      wait = resolve;
    });
    const interruption = listenForSignals(process, wait);
    try {
      terminal.data(server.link);
      terminal.note(introduce(upstream));
      if (!parsed.has("no-open") && !(await openBrowser(server.link)))
        terminal.note("No browser could be opened. Open the link in one on this machine; it works once.");
      await isAsked;
      // What the mock makes is neither billed nor stored.
      if (!upstream.session.mock) await finishEdits(server, interruption, terminal);
      await server.close();
      return exitCodeOfSignal(interruption.received() ?? "SIGINT");
    } finally {
      interruption.dispose();
    }
  } finally {
    await upstream.close();
  }
}

/** Opens the images of the command line, and reports all that cannot be opened. */
async function openImages(files: readonly string[]): Promise<ImageFile[]> {
  const opened = await Promise.allSettled(files.map(openImageFile));
  const problems = opened.flatMap((one) => (one.status === "rejected" ? [one.reason as unknown] : []));
  const unexpected = problems.find((problem) => !(problem instanceof RangeError));
  if (unexpected !== undefined) throw unexpected;
  const [message, ...others] = problems.map((problem) => (problem as RangeError).message);
  if (message !== undefined) throw usageError(message, others);
  return opened.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
}

/** Starts the server, at the port that is asked for, else at the last one or any. */
async function start(
  { handler, session, imageOrigin }: Upstream,
  images: readonly ImageFile[],
  port: number | undefined,
  { state, terminal }: { readonly state: string; readonly terminal: Terminal },
): Promise<EditorServer> {
  // What the mock makes is not billed, and nothing of it is stored.
  const store = session.mock ? memoryJobStore() : fileJobStore(path.join(state, "jobs"));
  let isReported = false;
  const onEvent = ({ code, cause }: ProxyEvent): void => {
    if (code !== "jobs_unavailable" || isReported) return;
    isReported = true; // the page asks again
    const seen = cause instanceof Error ? `: ${cause.message.replace(/\.$/, "")}` : "";
    terminal.warn(
      `The records of edits in ${state} cannot be written or read${seen}. Nothing is sent without one: make space there, or set RETOUCH_STATE_DIR.`,
    );
  };
  const startAt = (at: number): Promise<EditorServer> =>
    startEditorServer({
      page: fileURLToPath(new URL("page", import.meta.url)),
      port: at,
      imageOrigin,
      createApi: (isSignedIn) =>
        createEditorApi({
          handler: {
            ...handler,
            onEvent,
            authorize: ({ headers }) => isSignedIn(headers.get("cookie")),
            // The same after a restart, when the cookie is another one.
            jobs: { store, owner: () => "editor", ttlMs },
          },
          session,
          images,
        }),
    });
  if (port !== undefined) {
    return startAt(port).catch((error: NodeJS.ErrnoException) => {
      const seen = { EADDRINUSE: "is in use", EACCES: "needs another user's rights" }[error.code ?? ""];
      if (seen === undefined) throw error;
      throw usageError(`Port ${port} ${seen}. Give another \`--port\`, or 0 for any.`, [], error);
    });
  }
  const last = await readLastPort(state);
  const server = await startAt(last ?? 0).catch(() => startAt(0));
  if (!session.mock) await storeLastPort(state, server.port);
  return server;
}

function introduce({ session: { mock, host } }: Upstream): string {
  const where = mock
    ? "Mock: images are made on this machine; nothing is sent or billed."
    : `Edits are sent to ${host}.`;
  return `${where} The link works once, in a browser on this machine. Ctrl-C ends the editor.`;
}

/** Waits for the edits that run, unless a second signal arrives. Their images can be collected after the next start. */
async function finishEdits(
  { api }: EditorServer,
  { signal }: Interruption,
  terminal: Terminal,
): Promise<void> {
  api.stop();
  const count = api.running().length;
  if (count === 0) return;
  const edits = count === 1 ? "1 edit is running" : `${count} edits are running`;
  terminal.warn(`${edits} and will be billed. Waiting for the result; Ctrl-C again stops without it.`);
  const stopped = new Promise<"stopped">((resolve) => {
    if (signal.aborted) resolve("stopped");
    signal.addEventListener("abort", () => resolve("stopped"), { once: true });
  });
  const ended = await Promise.race([stopped, Promise.all(api.running())]);
  if (ended === "stopped") terminal.warn("Stopped. What was sent may be billed, and its image is lost.");
  else terminal.note("The result is stored. The page shows it, now or after the next start.");
}
