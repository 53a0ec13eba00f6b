import type { Socket } from "node:net";

/** Observer of the bytes written to a socket, for the request that currently uses it. */
export interface WriteWatch {
  /** Called when the system rejects bytes: they were not sent, and nothing after them will be. */
  onWriteError: (() => void) | undefined;
}

type Done = (error?: Error | null) => void;

const watches = new WeakMap<Socket, WriteWatch>();

/**
 * Reports writes that the system rejects, and keeps the socket readable after one. A server that rejects a form early
 * responds and closes. The next write then fails while the response still waits to be read, and Node would drop it
 * with the socket. The stream gets the error once the reading side has ended, which is soon.
 */
export function interceptSocketWrites(socket: Socket): WriteWatch {
  const known = watches.get(socket);
  if (known) return known;
  const watch: WriteWatch = { onWriteError: undefined };
  watches.set(socket, watch);
  const deferError =
    (done: Done): Done =>
    (error) => {
      const { code, syscall } = (error ?? {}) as NodeJS.ErrnoException;
      if (syscall !== "write") return done(error);
      watch.onWriteError?.();
      const isReadable = !socket.readableEnded && !socket.destroyed;
      if (!isReadable || (code !== "EPIPE" && code !== "ECONNRESET")) return done(error);
      let isDone = false;
      const release = (): void => {
        if (!isDone) done(error);
        isDone = true;
      };
      socket.once("end", release);
      socket.once("close", release);
    };
  // These methods belong to the stream's implementer, and are the only place that sees an error before the stream does.
  const { _write: write, _writev: writev } = socket;
  // From variables: see `onWriteError` of the transport.
  const writeWatched: Socket["_write"] = (chunk, encoding, done) =>
    write.call(socket, chunk, encoding, deferError(done));
  const writevWatched: NonNullable<Socket["_writev"]> = (chunks, done) =>
    writev?.call(socket, chunks, deferError(done));
  socket._write = writeWatched;
  if (writev) socket._writev = writevWatched;
  return watch;
}
