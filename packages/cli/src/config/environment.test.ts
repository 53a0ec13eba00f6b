import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { chooseApiKey, chooseBaseUrl } from "./config.ts";
import { readEnvironment } from "./environment.ts";

const directory = mkdtempSync(path.join(tmpdir(), "retouch-environment-"));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const file = path.join(directory, "my.env");
const read = (text: string, env: Record<string, string> = {}) => {
  writeFileSync(file, text);
  return readEnvironment(env, file);
};

describe(readEnvironment, () => {
  it("lets the process's own value win over the file's", async () => {
    const env = await read("RETOUCH_MODEL=a\nRETOUCH_PATH=/a\n", { RETOUCH_MODEL: "b", RETOUCH_PATH: "" });
    expect(env).toMatchObject({ RETOUCH_MODEL: "b", RETOUCH_PATH: "/a" });
  });

  it.each([
    ["RETOUCH_STATE_DIR=/tmp/x", "`RETOUCH_STATE_DIR`, which a settings file cannot set. Every command"],
    ["OPENAI_API_KEY=sk-1", "`OPENAI_API_KEY`, which a settings file cannot set. Give the key as RETOUCH"],
  ])("refuses %s in a file, and says why", async (text, message) => {
    await expect(read(text)).rejects.toMatchObject({
      exitCode: 2,
      message: expect.stringContaining(message),
    });
  });
});

describe("a file that chooses where a key goes", () => {
  const own = "RETOUCH_API_KEY=own-key-0123\n";
  const server = "RETOUCH_BASE_URL=https://file.example\n";
  const choose = async (text: string, env: Record<string, string>, flags = {}) => {
    const merged = await read(text, env);
    return chooseApiKey(merged, chooseBaseUrl(flags, merged), flags);
  };
  const process = { RETOUCH_API_KEY: "process-key-0123" };

  it.each([
    server,
    "RETOUCH_PATH=/other/edits\n",
    "RETOUCH_QUERY=to=elsewhere\n",
    "RETOUCH_HEADERS=x-custom-host:elsewhere\n",
    "RETOUCH_KEY_HEADER=x-title\n",
  ])("gets no key of the environment: %j", async (text) => {
    await expect(choose(text, process)).rejects.toThrow(
      expect.objectContaining({
        exitCode: 4,
        message: expect.stringMatching(/my\.env sets RETOUCH_\w+, so a key of the environment is not sent/),
      }),
    );
    expect(await choose(text + own, process)).toBe("own-key-0123");
    expect(await choose(text + own, {})).toBe("own-key-0123");
  });

  it("gets the environment's key once a flag or the environment names the same", async () => {
    expect(await choose(server, process, { baseUrl: "https://flag.example" })).toBe("process-key-0123");
    expect(await choose(server, { ...process, RETOUCH_BASE_URL: "https://env.example" })).toBe(
      "process-key-0123",
    );
    expect(await choose("RETOUCH_PATH=/a\n", process, { path: "/b" })).toBe("process-key-0123");
  });

  it("takes the environment's key for its own server, although the file has another", async () => {
    expect(await choose(`RETOUCH_MODEL=m\nRETOUCH_DIALECT=openai\n${own}`, process)).toBe("process-key-0123");
  });

  it("gets OPENAI_API_KEY only if it names OpenAI", async () => {
    const env = { OPENAI_API_KEY: "sk-openai-0123" };
    expect(await choose("RETOUCH_BASE_URL=https://api.openai.com\n", env)).toBe("sk-openai-0123");
    await expect(choose(server, env)).rejects.toThrow("OPENAI_API_KEY is only sent to OpenAI");
  });
});
