import { createServer } from "node:http";
import { CliError, exitCodes, usageError } from "@retouch/cli/journal";

/** Where a health check is answered. */
export interface HealthAddress {
  readonly host: string;
  readonly port: number;
}

/**
 * Parses `--health`: a port of this machine only, or `HOST:PORT`.
 *
 * @throws CliError, exit code 2.
 */
export function parseHealth(text: string | undefined): HealthAddress | undefined {
  if (text === undefined) return undefined;
  const [, host = "127.0.0.1", port = ""] = /^(?:(\[[\da-f:.]+\]|[\w.-]+):)?(\d{1,5})$/i.exec(text) ?? [];
  if (port === "" || Number(port) > 65_535)
    throw usageError(
      `\`--health\` is \`${text}\`. Give a port, such as 8080, or 0.0.0.0:8080 in a container.`,
    );
  return { host: host.replace(/^\[|\]$/g, ""), port: Number(port) };
}

/** What a worker says of itself. */
export interface Health {
  readonly isReady: boolean;
  readonly running: number;
  readonly ended: number;
}

/**
 * Answers GET with 200 while a worker takes rows, else with 503. The response has counts, and nothing of any row.
 *
 * @throws CliError, exit code 2, if the port is taken.
 */
export async function serveHealth(
  { host, port }: HealthAddress,
  health: () => Health,
): Promise<{ readonly url: string; close(): Promise<void> }> {
  const server = createServer((request, response) => {
    const { isReady, running, ended } = health();
    const isRead = request.method === "GET" || request.method === "HEAD";
    response.writeHead(isRead ? (isReady ? 200 : 503) : 405, {
      "content-type": "application/json",
      "cache-control": "no-store",
    });
    response.end(
      isRead && request.method === "GET" ? JSON.stringify({ ready: isReady, running, ended }) : "",
    );
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, resolve);
  }).catch((cause: NodeJS.ErrnoException) => {
    throw new CliError(`\`--health\` cannot listen on ${host}:${port} (${cause.code}). Give another port.`, {
      exitCode: exitCodes.usage,
      code: "usage",
      cause,
    });
  });
  const { address, port: actual } = server.address() as { address: string; port: number };
  const name = address.includes(":") ? `[${address}]` : address;
  return {
    url: `http://${name}:${actual}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
