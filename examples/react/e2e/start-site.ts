import type { Socket } from "node:net";
import { fileURLToPath } from "node:url";
import { type MockServer, type MockServerOptions, startMockServer } from "@retouch/mock/server";
import react from "@vitejs/plugin-react";
import { build, preview } from "vite";
import { editApi } from "../server/edit-api.ts";

/** Is the key that the proxy holds: no byte of it may reach a page. */
export const secretKey = "sk-e2e-0123456789abcdef-never-in-a-page";

/** Is the whole of it on local servers: the built page, the proxy, the mock. */
export interface Site {
  readonly url: string;
  readonly mock: MockServer;
  /** What the mock does with the next edits. */
  scenario: string;
  /** Every answer that the mock gave to the proxy, as it came. */
  readonly answers: string[];
  /**
   * Cuts the page's connections, and every new one, as a phone does that leaves the net. New ones too: Chromium sends a
   * form again, by itself, when a connection that it used before breaks without an answer.
   */
  cutConnections(cut: boolean): void;
  close(): Promise<void>;
}

const root = fileURLToPath(new URL("..", import.meta.url));

/** Builds the page and serves it with the proxy in front of the mock. React is its development build: StrictMode counts. */
export async function startSite(options: Pick<MockServerOptions, "render"> = {}): Promise<Site> {
  const mock = await startMockServer({ apiKey: secretKey, latencyMs: 150, keepBytes: true, ...options });
  const site = { mock, scenario: "ok", answers: [] as string[] };
  const api = editApi({
    apiKey: secretKey,
    baseUrl: mock.url,
    fetch: async (input, init) => {
      const headers = { ...Object.fromEntries(new Headers(init?.headers)), "x-mock-scenario": site.scenario };
      const answer = await fetch(input, { ...init, headers });
      const copy = answer.clone();
      copy.text().then(
        (text) => site.answers.push(text),
        () => undefined, // an answer that is cut has no text
      );
      return answer;
    },
  });
  const outDir = `node_modules/.e2e/${process.pid}`;
  const config = { root, configFile: false as const, logLevel: "warn" as const, plugins: [react(), api] };
  await build({
    ...config,
    build: {
      outDir,
      emptyOutDir: true,
      rolldownOptions: { input: [`${root}index.html`, `${root}e2e/lab.html`] },
    },
  });
  const server = await preview({ ...config, build: { outDir }, preview: { port: 0, host: "127.0.0.1" } });
  const sockets = new Set<Socket>();
  let isCut = false;
  server.httpServer.on("connection", (socket: Socket) => {
    sockets.add(socket);
    if (isCut) socket.destroy();
  });
  const url = server.resolvedUrls?.local[0];
  if (url === undefined) throw new Error("The page's server has no address.");
  return Object.assign(site, {
    url,
    cutConnections: (cut: boolean) => {
      isCut = cut;
      if (cut) for (const socket of sockets) socket.destroy();
    },
    close: async () => {
      await Promise.all([server.close(), mock.close()]);
    },
  });
}
