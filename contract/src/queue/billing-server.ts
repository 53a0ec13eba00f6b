import { createServer } from "node:http";
import { renderPng } from "./small-png.ts";

/** A server that bills each complete form and responds when a test lets it. */
export interface BillingServer {
  readonly url: string;
  /** Number of complete forms by their prompt. */
  readonly posts: ReadonlyMap<string, number>;
  /** Keeps responses back from now on. */
  hold(): void;
  /** Sends the responses that were kept back, and keeps none any more. */
  release(): void;
  close(): Promise<void>;
}

/** Starts the server on 127.0.0.1. */
export async function startBillingServer(): Promise<BillingServer> {
  const posts = new Map<string, number>();
  const body = JSON.stringify({ created: 1, data: [{ b64_json: renderPng() }] });
  let held: (() => void)[] | undefined;
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    try {
      for await (const chunk of request) chunks.push(chunk as Buffer);
    } catch {
      return;
    }
    const form = Buffer.concat(chunks).toString("latin1");
    const prompt = /name="prompt"\r\n(?:[^\r\n]+\r\n)*\r\n([^\r]*)\r\n/.exec(form)?.[1] ?? "";
    posts.set(prompt, (posts.get(prompt) ?? 0) + 1);
    const respond = () => {
      response.writeHead(200, { "content-type": "application/json" });
      response.end(body);
    };
    if (held === undefined) respond();
    else held.push(respond);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  return {
    url: `http://127.0.0.1:${port}/v1`,
    posts,
    hold() {
      held ??= [];
    },
    release() {
      for (const respond of held ?? []) respond();
      held = undefined;
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
