import { type AddressInfo, createServer, type Socket } from "node:net";

/** One POST, counted when its headers are complete. */
export interface RawPost {
  readonly head: string;
  readonly socket: Socket;
  /** Counts connections from 1. */
  readonly connection: number;
  receivedBytes: number;
}

/** The server's behavior; it only responds if a hook does. */
export interface RawScript {
  onConnect?(socket: Socket): void;
  onHead?(post: RawPost): void;
  onData?(post: RawPost): void;
  /** The body is as long as its `content-length`. */
  onComplete?(post: RawPost): void;
  /** Stops reading at the headers of a POST, so that the client gets backpressure. */
  readonly stopsReading?: boolean;
}

/** A server on raw TCP. */
export interface RawServer {
  readonly url: string;
  readonly posts: RawPost[];
  close(): Promise<void>;
}

/** Starts a server that parses only the end of a request's head and the length of its body. */
export async function startRawServer(script: RawScript): Promise<RawServer> {
  const posts: RawPost[] = [];
  const sockets = new Set<Socket>();
  let connections = 0;
  const server = createServer((socket) => {
    const connection = ++connections;
    sockets.add(socket);
    socket.on("error", () => undefined).on("close", () => sockets.delete(socket));
    script.onConnect?.(socket);
    let waiting = Buffer.alloc(0);
    let post: RawPost | undefined;
    socket.on("data", (chunk: Buffer) => {
      let rest = chunk;
      while (rest.length > 0) {
        if (post === undefined) {
          waiting = Buffer.concat([waiting, rest]);
          const end = waiting.indexOf("\r\n\r\n");
          if (end < 0) return;
          post = { head: waiting.toString("latin1", 0, end), socket, connection, receivedBytes: 0 };
          rest = waiting.subarray(end + 4);
          waiting = Buffer.alloc(0);
          posts.push(post);
          script.onHead?.(post);
          if (script.stopsReading) socket.pause();
        }
        const length = Number(/^content-length: *(\d+)/im.exec(post.head)?.[1] ?? Number.POSITIVE_INFINITY);
        const taken = Math.min(rest.length, length - post.receivedBytes);
        post.receivedBytes += taken;
        rest = rest.subarray(taken);
        script.onData?.(post);
        if (post.receivedBytes < length) continue;
        const complete = post;
        post = undefined;
        script.onComplete?.(complete);
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    posts,
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

/** Writes a complete response, with an exact length unless the headers define one. */
export function respond(
  { socket }: RawPost,
  status: number,
  body: string | Uint8Array,
  headers: readonly string[] = [],
): void {
  const bytes = Buffer.from(body);
  const length = headers.some((line) => /^content-length:/i.test(line))
    ? []
    : [`content-length: ${bytes.length}`];
  const head = [`HTTP/1.1 ${status} Status`, ...length, ...headers, "", ""].join("\r\n");
  socket.write(Buffer.concat([Buffer.from(head), bytes]));
}
