import { createImageEditHandler, type ImageEditHandlerOptions, toNodeListener } from "@retouch/client/server";
import type { Connect, Plugin } from "vite";

/** Where the page posts its edits. */
const editPath = "/api/image-edit";

/**
 * Serves the proxy that keeps the key, beside the page. With RETOUCH_API_KEY (and RETOUCH_BASE_URL) in the environment
 * it talks to the real server; without a key, to the mock, which costs nothing.
 */
export function editApi(options?: Partial<ImageEditHandlerOptions>): Plugin {
  const serve = async ({ middlewares }: { middlewares: Connect.Server }): Promise<void> => {
    const upstream = options ?? (await chooseUpstream());
    const handler = createImageEditHandler({
      apiKey: "",
      // A page of your own asks who is there: `(request) => isSignedIn(request)`.
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
  console.log(`No RETOUCH_API_KEY: edits go to the mock at ${mock.url} and cost nothing.`);
  return { apiKey: "sk-mock", baseUrl: mock.url };
}
