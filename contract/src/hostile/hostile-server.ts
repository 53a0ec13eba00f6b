import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Writable } from "node:stream";
import { setImmediate } from "node:timers/promises";

/** One request to a behavior. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** The key that the request came with. */
  readonly key: string;
  /** The URL under which the behavior also serves results. */
  readonly url: string;
  /** The path below it. */
  readonly path: string;
}

/** How a server behaves. */
export interface Behavior {
  /** Responds to an edit. */
  respond(exchange: Exchange): unknown;
  /** Responds to the request for a result's URL. */
  serve?(exchange: Exchange): unknown;
  /** Responds before the form was read. */
  readonly isEarly?: boolean;
  /** No caller can have delivered a form, which may then be sent again. */
  readonly isIncomplete?: boolean;
  /** Only the caller's deadline ends it. */
  readonly isSilent?: boolean;
}

/** What a behavior has received and sent for one caller. */
export interface Traffic {
  readonly posts: number;
  readonly sentBytes: number;
}

/** Only what is posted here is an edit. A page's `XMLHttpRequest` follows redirects, and posts again elsewhere. */
const editPath = "v1/images/edits";

/** An endless body ends here, in silence: no caller reads that far, and no disk is filled. */
const maxPumpedBytes = 300_000_000;

/** Returns a behavior's name as a part of its URL. */
export function slugOf(behavior: string): string {
  return behavior.replace(/\W+/g, "-");
}

/**
 * Starts the server of many behaviors, and returns its URL: `/<behavior>/<caller>` below it is the base URL of one, and
 * `/traffic/<behavior>/<caller>` has its {@link Traffic}. Any page may read what it sends.
 */
export async function startHostileServer(behaviors: Readonly<Record<string, Behavior>>): Promise<string> {
  const posts: string[] = [];
  const sent: (readonly [name: string, count: () => number])[] = [];
  const named = new Map(Object.entries(behaviors).map(([name, behavior]) => [slugOf(name), behavior]));
  const server = createServer(async (request, response) => {
    response.on("error", () => undefined);
    request.on("error", () => undefined);
    response.setHeader("access-control-allow-origin", "*");
    response.setHeader("access-control-allow-headers", "*, authorization");
    if (request.method === "OPTIONS") return void response.writeHead(204).end();
    const [, name = "", caller = "", ...rest] = (request.url ?? "").split("/");
    if (name === "traffic") return void response.end(JSON.stringify(trafficOf(`${caller}/${rest[0]}`)));
    const behavior = named.get(name);
    if (!behavior) return void response.writeHead(404).end();
    const exchange: Exchange = {
      request,
      response,
      key: (request.headers.authorization ?? "").replace("Bearer ", ""),
      url: `http://${request.headers.host}/${name}/${caller}`,
      path: rest.join("/"),
    };
    const { socket } = request;
    const before = socket.bytesWritten;
    sent.push([`${name}/${caller}`, () => socket.bytesWritten - before]);
    if (exchange.path === editPath) {
      posts.push(`${name}/${caller}`);
      if (!behavior.isEarly) {
        request.resume();
        await once(request, "end").catch(() => undefined);
      }
      await behavior.respond(exchange);
    } else if (behavior.serve) await behavior.serve(exchange);
    else response.writeHead(404).end();
  });
  // An idle connection that the server closes while a busy caller reuses it would look like a fault of the behavior.
  server.keepAliveTimeout = 0;
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  function trafficOf(name: string): Traffic {
    const counts = sent.filter(([given]) => given === name).map(([, count]) => count());
    return {
      posts: posts.filter((given) => given === name).length,
      sentBytes: counts.reduce((sum, count) => sum + count, 0),
    };
  }
}

/** Writes chunk after chunk until the caller closes the connection. */
export async function pump(
  { response }: Exchange,
  next: (index: number) => string | Uint8Array,
  to: Writable = response,
): Promise<void> {
  const closed = once(response, "close").catch(() => undefined);
  let sent = 0;
  for (let index = 0; !response.destroyed && sent < maxPumpedBytes; index++) {
    const chunk = next(index);
    sent += chunk.length;
    if (to.write(chunk)) await setImmediate();
    else await Promise.race([once(to, "drain").catch(() => undefined), closed]);
  }
  await closed;
}
