import { afterEach, describe, expect, it, vi } from "vitest";
import { createImageClient } from "../create-image-client.ts";
import { sampleImage } from "../fixtures/images.ts";
import { redirectMode } from "./redirect-mode.ts";

afterEach(() => vi.unstubAllGlobals());

/** Stubs the platform's `Request` to behave like workerd's. */
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
  it("returns `error` where the platform supports it, and `manual` elsewhere", () => {
    expect(redirectMode()).toBe("error");
    beWorkerd();
    expect(redirectMode()).toBe("manual");
  });

  it("sends an edit on a runtime without `error`, and reports a redirect as an HttpError", async () => {
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
      outcome: "rejected",
    });
    expect(modes).toEqual(["manual"]);
  });
});
