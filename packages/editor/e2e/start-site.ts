import type { Socket } from "node:net";
import { fileURLToPath } from "node:url";
import type { ImageEditHandlerOptions } from "@retouch/client/server";
import { type MockServer, startMockServer } from "@retouch/mock/server";
import { type Plugin, preview } from "vite";
import { inject } from "vitest";
import { editApi } from "../server/edit-api.ts";
import type { EditorSession } from "../server/session.ts";
import type {} from "./set-up.ts";

/** The key of the proxy: no byte of it may reach a page. */
export const secretKey = "sk-e2e-0123456789abcdef-never-in-a-page";

/** The built page, the proxy and the mock on local servers. */
export interface Site {
  readonly url: string;
  readonly mock: MockServer;
  /** The scenario of the next edits. */
  scenario: string;
  /** The next edits respond after `release`. */
  hold(): void;
  release(): void;
  /** The body of every response of the mock to the proxy. */
  readonly responses: string[];
  /**
   * Cuts the connections of the page, as a phone that loses its network does. New ones too, because Chromium
   * automatically resends a form when a reused connection breaks without a response.
   */
  cutConnections(cut: boolean): void;
  close(): Promise<void>;
}

/** Options of {@link startSite}. */
export interface SiteOptions {
  /** Whether the images are real edits of what was sent, which take long, instead of fast placeholders. */
  readonly isReal?: boolean;
  /** How long the mock takes, and waits between two parts of a `slow` response; 20 ms by default. */
  readonly latencyMs?: number;
  readonly jobs?: ImageEditHandlerOptions["jobs"];
  /** The response of `GET /api/session`; without it, that route does not exist. */
  readonly session?: EditorSession;
}

/** Serves the built page with the proxy in front of the mock, whose images are fast placeholders by default. */
export async function startSite({
  jobs,
  session,
  isReal = false,
  latencyMs = 20,
}: SiteOptions = {}): Promise<Site> {
  const mock = await startMockServer({
    apiKey: secretKey,
    latencyMs,
    keepBytes: true,
    ...(!isReal && { render: "drawn" }),
  });
  const site = { mock, scenario: "ok", responses: [] as string[] };
  let release = (): void => undefined;
  let held = Promise.resolve();
  const api = editApi({
    apiKey: secretKey,
    baseUrl: mock.url,
    jobs,
    fetch: async (input, init) => {
      const headers = { ...Object.fromEntries(new Headers(init?.headers)), "x-mock-scenario": site.scenario };
      const response = await fetch(input, { ...init, headers });
      await held;
      const copy = response.clone();
      copy.text().then(
        (text) => site.responses.push(text),
        () => undefined, // a response that is cut has no text
      );
      return response;
    },
  });
  const root = fileURLToPath(new URL("..", import.meta.url));
  const server = await preview({
    root,
    configFile: false,
    logLevel: "warn",
    plugins: [sessionApi(session), api], // the first that responds
    build: { outDir: inject("outDir") },
    preview: { port: 0, host: "127.0.0.1" },
  });
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
    hold: () => {
      held = new Promise((resolve) => {
        release = resolve;
      });
    },
    release: () => release(),
    cutConnections: (cut: boolean) => {
      isCut = cut;
      if (cut) for (const socket of sockets) socket.destroy();
    },
    close: async () => {
      release();
      await Promise.all([server.close(), mock.close()]);
    },
  });
}

function sessionApi(session: EditorSession | undefined): Plugin {
  return {
    name: "session-api",
    configurePreviewServer: ({ middlewares }) => {
      middlewares.use("/api/session", (_, response) => {
        response.statusCode = session === undefined ? 404 : 200;
        response.setHeader("content-type", "application/json");
        response.end(JSON.stringify(session ?? { error: "There is no session." }));
      });
    },
  };
}
