/** CommonJS under a compiler or a Node that cannot `require` ES modules. */
import type { ImageClient } from "@retouch/client" with { "resolution-mode": "import" };

export async function createClient(): Promise<ImageClient> {
  const { createImageClient } = await import("@retouch/client/node");
  return createImageClient({ apiKey: "key-of-the-server" });
}
