import { randomInt } from "node:crypto";
import { createServer } from "node:net";

/**
 * Returns a port of 127.0.0.1 for a program that cannot choose one. It is below the ports that systems give to
 * connections and to servers on port 0: nothing else takes it before the program listens, or while the program is away.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(10_000, 32_000);
    if (await canListen(port)) return port;
  }
}

function canListen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
      .once("error", () => resolve(false))
      .listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  });
}
