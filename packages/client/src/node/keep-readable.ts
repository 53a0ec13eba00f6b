import type { Socket } from "node:net";

const kept = new WeakSet<Socket>();

/**
 * Keeps a socket open for reading when a write on it fails. A server that refuses a form early answers and closes; the
 * next write then fails while its answer still waits to be read, and Node would throw that away with the socket. The
 * reading side ends soon after, by itself or by a reset, and takes the socket with it.
 */
export function keepReadable(socket: Socket): void {
  if (kept.has(socket)) return;
  kept.add(socket);
  const destroy = socket.destroy.bind(socket);
  socket.destroy = (error?: Error) => {
    const { code, syscall } = (error ?? {}) as NodeJS.ErrnoException;
    const isLateWrite = syscall === "write" && (code === "EPIPE" || code === "ECONNRESET");
    if (!isLateWrite || socket.readableEnded || socket.destroyed) return destroy(error);
    socket.once("end", () => destroy(error));
    return socket;
  };
}
