import { type CommandContext, isGiven, numberValue, textValue } from "../arguments/command-context.ts";
import { exitCodes, usageError } from "../errors/cli-error.ts";
import { didYouMean } from "../errors/did-you-mean.ts";
import { listenForSignals } from "../errors/interruption.ts";
import { sanitizeText } from "../terminal/sanitize-text.ts";

const defaultPort = 4010;

/** Runs `retouch mock`: prints the address first, then serves until a signal comes. */
export async function runMock({ parsed, terminal }: CommandContext): Promise<number> {
  const port = numberValue(parsed, "port") ?? defaultPort;
  if (port < 0 || port > 65_535) throw usageError(`\`--port\` is ${port}. Give 0 to 65535.`);
  const latencyMs = numberValue(parsed, "latency");
  const scenario = textValue(parsed, "scenario");
  const apiKey = textValue(parsed, "require-key");
  const { startMockServer, scenarioNames } = await import("@retouch/mock/server");
  const log = isGiven(parsed, "log") ? (line: string) => terminal.verbatim(sanitizeText(line)) : undefined;
  const interruption = listenForSignals();
  const server = await startMockServer({
    port,
    ...(scenario === undefined ? {} : { scenario: scenario as never }),
    ...(latencyMs === undefined ? {} : { latencyMs }),
    ...(apiKey === undefined ? {} : { apiKey }),
    ...(log === undefined ? {} : { log }),
  }).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "EADDRINUSE") {
      throw usageError(`Port ${port} is taken. Give another \`--port\`, or 0 for any.`, [], error);
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
