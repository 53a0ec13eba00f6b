import { baseUrl as server } from "@retouch/client/node";
import { describe, expect, it } from "vitest";
import { keyVendors } from "../generated/servers.gen.ts";
import { chooseApiKey, chooseBaseUrl, chooseTimeoutMs } from "./config.ts";
import type { ConnectionFlags } from "./connection-flags.ts";

const openai = new URL("https://api.openai.com/v1");

describe(chooseApiKey, () => {
  it("uses RETOUCH_API_KEY for every server", () => {
    expect(chooseApiKey({ RETOUCH_API_KEY: "rt-1", OPENAI_API_KEY: "sk-1" }, openai, {})).toBe("rt-1");
  });

  it("uses OPENAI_API_KEY only for OpenAI", () => {
    expect(chooseApiKey({ OPENAI_API_KEY: "sk-1" }, openai, {})).toBe("sk-1");
    for (const other of [
      "https://api.example.com",
      "http://api.openai.com",
      "https://api.openai.com.evil.test",
    ]) {
      expect(() => chooseApiKey({ OPENAI_API_KEY: "sk-1" }, new URL(other), {})).toThrow(
        "--base-url https://api.openai.com",
      );
    }
  });

  it.each(["a b", "a\nb", "schlüssel"])("rejects the key %j without printing it", (key) => {
    expect(() => chooseApiKey({ RETOUCH_API_KEY: key }, openai, {})).toThrow(
      "RETOUCH_API_KEY has a space, a line break or a character outside ASCII",
    );
    expect(() => chooseApiKey({ OPENAI_API_KEY: key }, openai, {})).toThrow("OPENAI_API_KEY has a space");
  });

  it.each(
    Object.entries(keyVendors).flatMap(([vendor, { baseUrl, keyPrefixes }]) =>
      keyPrefixes.map((prefix) => ({ vendor, baseUrl, prefix })),
    ),
  )("sends a key of $vendor ($prefix) only to a server that was named", ({ vendor, baseUrl, prefix }) => {
    const env = { RETOUCH_API_KEY: `${prefix}SECRET` };
    const choose = (flags: ConnectionFlags, more = {}): string =>
      chooseApiKey({ ...env, ...more }, chooseBaseUrl(flags, { ...env, ...more }), flags);
    const failure = expect.objectContaining({
      exitCode: 4,
      code: "foreign_api_key",
      message: expect.stringMatching(
        new RegExp(`key of ${vendor}.*${server}.*--base-url ${baseUrl.replaceAll(".", "\\.")}\``),
      ),
    });
    expect(() => choose({})).toThrow(failure);
    expect(() => choose({})).not.toThrow("SECRET");
    for (const given of [baseUrl, server]) {
      expect(choose({ baseUrl: given })).toBe(env.RETOUCH_API_KEY);
      expect(choose({}, { RETOUCH_BASE_URL: given })).toBe(env.RETOUCH_API_KEY);
    }
  });
});

describe(chooseBaseUrl, () => {
  it("takes the flag, then the environment, then the spec's server", () => {
    const env = { RETOUCH_BASE_URL: "https://env.example" };
    expect(chooseBaseUrl({ baseUrl: "https://flag.example" }, env).host).toBe("flag.example");
    expect(chooseBaseUrl({}, env).host).toBe("env.example");
    expect(chooseBaseUrl({}, {}).href).toBe(new URL(server).href);
  });

  it("rejects plain http to other machines without --insecure-http", () => {
    const flags = { baseUrl: "http://10.0.0.1" };
    expect(() => chooseBaseUrl(flags, {})).toThrow("--insecure-http");
    expect(chooseBaseUrl({ ...flags, insecureHttp: true }, {}).host).toBe("10.0.0.1");
    for (const local of ["http://127.0.0.1:1", "http://localhost:1", "http://[::1]:1"]) {
      expect(chooseBaseUrl({ baseUrl: local }, {}).protocol).toBe("http:");
    }
  });

  it.each(["ftp://x", "x", "https://user:secret@x", "https://x?y=z", "http://x.example"])(
    "rejects %s with the name of its setting",
    (baseUrl) => {
      const named = (name: string) =>
        expect.objectContaining({ exitCode: 2, message: expect.stringMatching(`^${name} (is|has|must) `) });
      expect(() => chooseBaseUrl({ baseUrl }, {})).toThrow(named("`--base-url`"));
      expect(() => chooseBaseUrl({}, { RETOUCH_BASE_URL: baseUrl })).toThrow(named("RETOUCH_BASE_URL"));
      expect(() => chooseBaseUrl({ baseUrl }, {})).not.toThrow(/secret|`(?:apiKey|query|allowInsecureHttp)`/);
    },
  );
});

describe(chooseTimeoutMs, () => {
  it("reads seconds and units", () => {
    expect(chooseTimeoutMs({ timeout: 2.5 }, {})).toBe(2500);
    expect(chooseTimeoutMs({}, { RETOUCH_TIMEOUT: "30" })).toBe(30_000);
    expect(chooseTimeoutMs({}, {})).toBe(600_000);
    expect(chooseTimeoutMs({}, { RETOUCH_TIMEOUT: "1m" })).toBe(60_000);
    expect(() => chooseTimeoutMs({}, { RETOUCH_TIMEOUT: "1d" })).toThrow("RETOUCH_TIMEOUT");
  });
});
