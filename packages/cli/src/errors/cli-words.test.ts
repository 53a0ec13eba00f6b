import { createImageClient, isRetouchError } from "@retouch/client/node";
import { describe, expect, it } from "vitest";
import { cliWords } from "./cli-words.ts";

const png = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
  "base64",
);

async function messageOf(answer: Response): Promise<string> {
  const client = createImageClient({ baseUrl: "http://127.0.0.1:1", apiKey: "k", fetch: async () => answer });
  const error: unknown = await client
    .edit({ model: "m", prompt: "p", image: new Blob([png]) })
    .catch((e) => e);
  return isRetouchError(error) ? error.message : String(error);
}

describe("cliWords", () => {
  it.each([
    ["an answer without a picture", () => Response.json({ created: 1, data: [] })],
    ["a refused key", () => Response.json({ error: { message: "no" } }, { status: 401 })],
    ["a missing address", () => Response.json({ error: { message: "no" } }, { status: 404 })],
  ])("leaves no name of the programming interface in the message of %s", async (_, answer) => {
    const message = cliWords(await messageOf(answer()));
    expect(message).not.toMatch(/`(?:error|image)\.|apiKey|baseUrl/);
    expect(message).toMatch(/\.$/);
  });

  it("names flags", () => {
    expect(cliWords("No answer after 1 s. Raise `timeoutMs` to wait longer.")).toBe(
      "No answer after 1 s. Raise `--timeout` to wait longer.",
    );
  });
});
