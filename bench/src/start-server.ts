import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

/** Starts the benchmark server in its own process; `close` ends it. */
export async function startServer(): Promise<{ origin: string; close: () => void }> {
  const child = fork(fileURLToPath(new URL("./server.ts", import.meta.url)), {
    stdio: ["ignore", "inherit", "inherit", "ipc"],
  });
  const [port] = await once(child, "message");
  return { origin: `http://127.0.0.1:${port}`, close: () => child.disconnect() };
}
