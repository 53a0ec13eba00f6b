import { describe, expect, it } from "vitest";
import { resolveSettings } from "../config/resolve-settings.ts";
import type { ImageClientOptions } from "../options.ts";
import { resolveKey } from "./resolve-key.ts";

const resolve = (options: ImageClientOptions) => resolveSettings(options, {});

describe(resolveKey, () => {
  it("trims a key, and calls a key function for each call", async () => {
    expect(await resolveKey(resolve({ apiKey: " k-1\n" }))).toBe("k-1");
    let count = 0;
    const settings = resolve({ apiKey: async () => `k-${++count}` });
    expect([await resolveKey(settings), await resolveKey(settings)]).toEqual(["k-1", "k-2"]);
  });

  it("reports a key function that fails or returns no key, without its message", async () => {
    const failing = resolve({ apiKey: () => Promise.reject(new Error("MARKER")) });
    await expect(resolveKey(failing)).rejects.toMatchObject({ code: "api_key_failed", outcome: "not-sent" });
    await expect(resolveKey(failing)).rejects.not.toThrow("MARKER");
    await expect(resolveKey(resolve({ apiKey: () => "" }))).rejects.toMatchObject({
      code: "missing_api_key",
    });
    await expect(resolveKey(resolve({ apiKey: () => "a b" }))).rejects.toMatchObject({
      code: "invalid_api_key",
    });
  });
});
