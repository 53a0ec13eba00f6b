import { baseUrl as defaultServer } from "@retouch/client/node";
import type { ImageEditHandlerOptions } from "@retouch/client/server";
import type { Connect, Plugin } from "vite";
import { createEditorApi } from "./editor-api.ts";
import { startMock } from "./start-mock.ts";

/**
 * Creates a Vite plugin that serves what the page asks for: the proxy, which keeps the key, and the session. With
 * RETOUCH_API_KEY (and RETOUCH_BASE_URL) it forwards edits to the real server; without a key, to the mock, where nothing is
 * billed. `npx @retouch/editor` serves the same, behind a link that works once.
 */
export function editApi(options?: Partial<ImageEditHandlerOptions>): Plugin {
  const serve = async ({ middlewares }: { middlewares: Connect.Server }): Promise<void> => {
    const { mock, ...upstream } = options ? { mock: false, ...options } : await chooseUpstream();
    const { host } = new URL(upstream.baseUrl ?? defaultServer);
    const api = createEditorApi({
      handler: {
        apiKey: "",
        // Your own page checks the user: `(request) => isSignedIn(request)`.
        authorize: "public",
        ...upstream,
      },
      session: { mock, host, priceKnown: mock },
    });
    middlewares.use((request, response, next) => {
      api.handle(request, response).then((isHandled) => isHandled || next(), next);
    });
  };
  return { name: "edit-api", configureServer: serve, configurePreviewServer: serve };
}

async function chooseUpstream(): Promise<Partial<ImageEditHandlerOptions> & { readonly mock: boolean }> {
  const { RETOUCH_API_KEY: apiKey, RETOUCH_BASE_URL: baseUrl } = process.env;
  if (apiKey !== undefined && apiKey !== "") return { mock: false, apiKey, baseUrl };
  const mock = await startMock();
  console.log(`No RETOUCH_API_KEY: edits go to the mock at ${mock.url}, and nothing is billed.`);
  return { mock: true, apiKey: mock.apiKey, baseUrl: mock.url };
}
