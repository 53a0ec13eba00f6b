import type { Socket } from "node:net";
import { fileURLToPath } from "node:url";
import type { ImageEditHandlerOptions } from "@retouch/client/server";
import { type MockServer, type MockServerOptions, startMockServer } from "@retouch/mock/server";
import react from "@vitejs/plugin-react";
import { build, preview } from "vite";
import { editApi } from "../server/edit-api.ts";

/** The key of the proxy: no byte of it may reach a page. */
export const secretKey = "sk-e2e-0123456789abcdef-never-in-a-page";

/** The built page, the proxy and the mock on local servers. */
export interface Site {
  readonly url: string;
  readonly mock: MockServer;
  /** The scenario of the next edits. */
  scenario: string;
  /** The body of every response of the mock to the proxy. */
  readonly responses: string[];
  /**
   * Cuts the connections of the page, as a phone that loses its network does. New ones too, because Chromium
   * automatically resends a form when a reused connection breaks without a response.
   */
  cutConnections(cut: boolean): void;
  close(): Promise<void>;
}

const root = fileURLToPath(new URL("..", import.meta.url));

/** Builds the page and serves it with the proxy in front of the mock. React is a development build: StrictMode applies. */
export async function startSite({
  jobs,
  ...options
}: Pick<MockServerOptions, "render"> & Pick<ImageEditHandlerOptions, "jobs"> = {}): Promise<Site> {
  const mock = await startMockServer({ apiKey: secretKey, latencyMs: 150, keepBytes: true, ...options });
  const site = { mock, scenario: "ok", responses: [] as string[] };
  const api = editApi({
    apiKey: secretKey,
    baseUrl: mock.url,
    jobs,
    fetch: async (input, init) => {
      const headers = { ...Object.fromEntries(new Headers(init?.headers)), "x-mock-scenario": site.scenario };
      const response = await fetch(input, { ...init, headers });
      const copy = response.clone();
      copy.text().then(
        (text) => site.responses.push(text),
        () => undefined, // a response that is cut has no text
      );
      return response;
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
  if (url === undefined) throw new Error("The preview server has no URL.");
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
