import { describe, expect, inject, it } from "vitest";
import { downloadImage } from "./download-image.ts";

const origin = inject("serverUrl");
const from = { origin, fetch: undefined, timeoutMs: 60_000, maxBytes: 2 ** 20, requestId: undefined };

describe(`${downloadImage.name} in a page`, () => {
  it("follows redirects across origins, which the page cannot see", async () => {
    expect((await downloadImage(`${origin}/link`, from)).length).toBeGreaterThan(0);
  });

  it("returns nothing from a forbidden redirect target", async () => {
    // The same server under a host name that is not the base URL's.
    const elsewhere = `${origin.replace("127.0.0.1", "localhost")}/image`;
    await expect(
      downloadImage(`${origin}/link?to=${encodeURIComponent(elsewhere)}`, from),
    ).rejects.toMatchObject({ code: "result_url_refused", outcome: "unknown" });
  });
});
