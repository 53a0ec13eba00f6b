import type { CommandContext } from "../arguments/command-context.ts";
import type { ParsedArguments } from "../arguments/command-definition.ts";
import { exitCodes, usageError } from "../errors/cli-error.ts";
import { didYouMean } from "../errors/did-you-mean.ts";
import { listenForSignals } from "../errors/interruption.ts";
import { sanitizeText } from "../terminal/sanitize-text.ts";

const defaultPort = 4010;

/** The arguments of `retouch mock`. */
interface MockFlags {
  readonly port: number;
  readonly scenario: string | undefined;
  readonly latencyMs: number | undefined;
  readonly apiKey: string | undefined;
  readonly log: boolean;
}

function readMockFlags(parsed: ParsedArguments): MockFlags {
  const port = parsed.number("port") ?? defaultPort;
  if (port < 0 || port > 65_535) throw usageError(`\`--port\` is ${port}. Give 0 to 65535.`);
  return {
    port,
    scenario: parsed.text("scenario"),
    latencyMs: parsed.number("latency"),
    apiKey: parsed.text("require-key"),
    log: parsed.has("log"),
  };
}

/** Runs `retouch mock`: prints the URL first, then serves until a signal arrives. */
export async function runMock({ parsed, terminal, system }: CommandContext): Promise<number> {
  const { port, scenario, latencyMs, apiKey, log } = readMockFlags(parsed);
  const { startMockServer, scenarioNames } = await import("@retouch/mock/server");
  const logLine = (line: string) => terminal.verbatim(sanitizeText(line));
  const interruption = listenForSignals(system.signals);
  const server = await startMockServer({
    port,
    ...(scenario === undefined ? {} : { scenario: scenario as never }),
    ...(latencyMs === undefined ? {} : { latencyMs }),
    ...(apiKey === undefined ? {} : { apiKey }),
    ...(log ? { log: logLine } : {}),
  }).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "EADDRINUSE") {
      throw usageError(`Port ${port} is in use. Give another \`--port\`, or 0 for any.`, [], error);
    }
    if (error instanceof RangeError) {
      throw usageError(`${error.message}${didYouMean(scenario ?? "", scenarioNames)}`, [], error);
    }
    throw error;
  });
  terminal.data(server.url);
  terminal.note(`Try: RETOUCH_API_KEY=any retouch edit photo.png -m MODEL -p "..." --base-url ${server.url}`);
  await new Promise((resolve) => interruption.signal.addEventListener("abort", resolve, { once: true }));
  await server.close();
  return interruption.received() === "SIGTERM" ? exitCodes.terminated : exitCodes.interrupted;
}
