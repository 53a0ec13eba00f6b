import { afterEach, describe, expect, it, vi } from "vitest";
import { createImageClient } from "../create-image-client.ts";
import { sampleImage } from "../fixtures/images.ts";
import { redirectMode } from "./redirect-mode.ts";

afterEach(() => vi.unstubAllGlobals());

/** Makes the platform's `Request` speak as workerd's does. */
function beWorkerd(): void {
  const Platform = Request;
  vi.stubGlobal(
    "Request",
    class extends Platform {
      constructor(input: RequestInfo | URL, init?: RequestInit) {
        if (init?.redirect === "error") {
          throw new TypeError('Invalid redirect value, must be one of "follow" or "manual".');
        }
        super(input, init);
      }
    },
  );
}

describe(redirectMode, () => {
  it("is `error` where the platform knows it, and `manual` where it does not", () => {
    expect(redirectMode()).toBe("error");
    beWorkerd();
    expect(redirectMode()).toBe("manual");
  });

  it("lets an edit through on a runtime without `error`, and calls a redirect what it is", async () => {
    beWorkerd();
    const modes: (string | undefined)[] = [];
    const client = createImageClient({
      apiKey: "sk-test-key-0123",
      fetch: async (_, init) => {
        modes.push(init?.redirect);
        return new Response(null, { status: 307, headers: { location: "https://example.com" } });
      },
    });
    await expect(client.edit({ image: sampleImage(), prompt: "x" })).rejects.toMatchObject({
      name: "HttpError",
      status: 307,
      outcome: "unknown",
    });
    expect(modes).toEqual(["manual"]);
  });
});
