import type { Socket } from "node:net";

/** What is known of the bytes written to a socket, for the request that has it now. */
export interface WriteWatch {
  /** Is called when the system refuses bytes: they did not leave, and nothing behind them will. */
  onWriteError: () => void;
}

type Done = (error?: Error | null) => void;

const watches = new WeakMap<Socket, WriteWatch>();

/**
 * Tells of writes that the system refuses, and keeps the socket open for reading behind one. A server that refuses a
 * form early answers and closes; the next write then fails while its answer still waits to be read, and Node would throw
 * that away with the socket. The failure is told to the stream once the reading side has ended, which is soon.
 */
export function interceptSocketWrites(socket: Socket): WriteWatch {
  const known = watches.get(socket);
  if (known) return known;
  const watch: WriteWatch = { onWriteError: () => undefined };
  watches.set(socket, watch);
  const deferError =
    (done: Done): Done =>
    (error) => {
      const { code, syscall } = (error ?? {}) as NodeJS.ErrnoException;
      if (syscall !== "write") return done(error);
      watch.onWriteError();
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
  // What a stream's implementer provides, and the one place that sees an error before the stream does.
  const { _write: write, _writev: writev } = socket;
  socket._write = (chunk, encoding, done) => write.call(socket, chunk, encoding, deferError(done));
  if (writev) socket._writev = (chunks, done) => writev.call(socket, chunks, deferError(done));
  return watch;
}
