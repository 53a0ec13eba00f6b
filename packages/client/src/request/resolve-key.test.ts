import { describe, expect, it } from "vitest";
import { resolveSettings } from "../config/resolve-settings.ts";
import type { ImageClientOptions } from "../options.ts";
import { resolveKey } from "./resolve-key.ts";

const resolve = (options: ImageClientOptions) => resolveSettings(options, {});

describe(resolveKey, () => {
  it("trims a key, and calls a key function for each call", async () => {
    expect(await resolveKey(resolve({ apiKey: " key-0001\n" }))).toBe("key-0001");
    let count = 0;
    const settings = resolve({ apiKey: async () => `key-000${++count}` });
    expect([await resolveKey(settings), await resolveKey(settings)]).toEqual(["key-0001", "key-0002"]);
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

  it("rejects a key of less than eight characters, except for a private server", async () => {
    const short = { code: "short_api_key", outcome: "not-sent" };
    await expect(resolveKey(resolve({ apiKey: () => "1234567" }))).rejects.toMatchObject(short);
    await expect(resolveKey(resolve({ apiKey: "1234567" }))).rejects.toThrow("`apiKey` has 7 characters");
    expect(await resolveKey(resolve({ apiKey: () => "12345678" }))).toBe("12345678");
    for (const baseUrl of [
      "http://127.0.0.1:1",
      "http://[::1]:1",
      "https://192.168.1.2",
      "https://mock",
      "https://a.local",
    ])
      expect(await resolveKey(resolve({ apiKey: () => "x", baseUrl }))).toBe("x");
    for (const baseUrl of ["https://a.example", "https://8.8.8.8", "https://10.example.com"])
      await expect(resolveKey(resolve({ apiKey: () => "x", baseUrl }))).rejects.toMatchObject(short);
  });
});
