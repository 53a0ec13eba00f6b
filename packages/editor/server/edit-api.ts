import { createImageEditHandler, type ImageEditHandlerOptions, toNodeListener } from "@retouch/client/server";
import type { Connect, Plugin } from "vite";

/** The route that the page posts its edits to. */
const editPath = "/api/image-edit";

/**
 * Creates a Vite plugin that serves the proxy, which keeps the key. With RETOUCH_API_KEY (and RETOUCH_BASE_URL) it
 * forwards edits to the real server; without a key, to the mock, where nothing is billed.
 */
export function editApi(options?: Partial<ImageEditHandlerOptions>): Plugin {
  const serve = async ({ middlewares }: { middlewares: Connect.Server }): Promise<void> => {
    const upstream = options ?? (await chooseUpstream());
    const handler = createImageEditHandler({
      apiKey: "",
      // Your own page checks the user: `(request) => isSignedIn(request)`.
      authorize: "public",
      ...upstream,
    });
    middlewares.use(editPath, toNodeListener(handler));
  };
  return { name: "edit-api", configureServer: serve, configurePreviewServer: serve };
}

async function chooseUpstream(): Promise<Partial<ImageEditHandlerOptions>> {
  const { RETOUCH_API_KEY: apiKey, RETOUCH_BASE_URL: baseUrl } = process.env;
  if (apiKey !== undefined && apiKey !== "") return { apiKey, baseUrl };
  const { startMockServer } = await import("@retouch/mock/server");
  const mock = await startMockServer({ latencyMs: 900 });
  console.log(`No RETOUCH_API_KEY: edits go to the mock at ${mock.url}, and nothing is billed.`);
  return { apiKey: "sk-mock", baseUrl: mock.url };
}
