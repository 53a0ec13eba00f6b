import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import { Busboy } from "@fastify/busboy";

/** An edit as a server's own parser reads it. */
export interface ReceivedEdit {
  /** The path, without the query. */
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly headers: IncomingMessage["headers"];
  /** The text fields of a form, or the members of a JSON body. */
  readonly fields: Readonly<Record<string, unknown>>;
  /** The names of a form's file parts, in order. */
  readonly files: readonly string[];
  readonly isJson: boolean;
}

/** A small copy of one vendor's server, written from the facts about it. */
export interface Fake {
  /** Returns what is wrong with an edit, or `undefined`. */
  check(edit: ReceivedEdit): string | undefined;
  /** Returns the response to a valid edit, in the server's own shape, with an image in base64. */
  respond(image: string, edit: ReceivedEdit): object;
  /** Returns the response to a GET, such as that of a task's status. */
  get?(path: string, headers: IncomingMessage["headers"], image: string): object | undefined;
}

/** A running fake. */
export interface RunningFake {
  readonly url: string;
  readonly posts: readonly ReceivedEdit[];
  /** Returns the number of POSTs and what was wrong with requests, since the last call. */
  take(): { readonly posts: number; readonly problems: readonly string[] };
  close(): Promise<void>;
}

/** Starts a fake on a free port. It responds to a wrong edit with status 400 and what is wrong with it. */
export async function startFake({ check, respond, get }: Fake, image: string): Promise<RunningFake> {
  const posts: ReceivedEdit[] = [];
  const problems: string[] = [];
  let taken = 0;
  const server = createServer(async (request, response) => {
    const reply = (status: number, body: object) =>
      // No poll waits longer than it must.
      response
        .writeHead(status, { "content-type": "application/json", "retry-after": "0" })
        .end(JSON.stringify(body));
    const reject = (problem: string) => {
      problems.push(problem);
      reply(400, { error: { message: problem, type: "invalid_request_error", param: null, code: null } });
    };
    if (request.method === "GET") {
      const found = get?.(new URL(request.url ?? "", "http://fake").pathname, request.headers, image);
      if (found !== undefined) reply(200, found);
      else reject(`GET ${request.url} is not a URL of this server`);
      return;
    }
    try {
      const edit = await readEdit(request);
      posts.push(edit);
      const problem = request.method === "POST" ? check(edit) : `the method is ${request.method}`;
      if (problem === undefined) reply(200, respond(image, edit));
      else reject(problem);
    } catch (error) {
      reject(`the body cannot be read: ${error}`);
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    posts,
    take() {
      const counted = posts.length - taken;
      taken = posts.length;
      return { posts: counted, problems: problems.splice(0) };
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function readEdit(request: IncomingMessage): Promise<ReceivedEdit> {
  const { pathname: path, searchParams } = new URL(request.url ?? "", "http://fake");
  const { headers } = request;
  const common = { path, query: Object.fromEntries(searchParams), headers };
  if (headers["content-type"]?.startsWith("application/json")) {
    const fields: unknown = JSON.parse((await buffer(request)).toString());
    if (typeof fields !== "object" || fields === null) throw new Error("the JSON is not an object");
    return { ...common, fields: { ...fields }, files: [], isJson: true };
  }
  const fields: Record<string, string> = {};
  const files: string[] = [];
  await new Promise<void>((resolve, reject) => {
    const busboy = new Busboy({ headers: { ...headers, "content-type": headers["content-type"] ?? "" } });
    busboy.on("field", (name, value) => {
      fields[name] = value;
    });
    busboy.on("file", (name, file) => {
      files.push(name);
      file.resume();
    });
    busboy.on("finish", resolve);
    busboy.on("error", reject);
    request.pipe(busboy);
  });
  return { ...common, fields, files, isJson: false };
}
