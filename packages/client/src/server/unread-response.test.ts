import { spawn } from "node:child_process";
import { expect, it } from "vitest";

/** Sends an edit to a handler, reads nothing of its response, and prints its status. */
const script = `
  import { createImageEditHandler } from ${JSON.stringify(new URL("./index.ts", import.meta.url).href)};
  import { tinyPng } from ${JSON.stringify(new URL("../testing/tiny-png.ts", import.meta.url).href)};
  const handler = createImageEditHandler({
    apiKey: "sk-test-0123456789",
    authorize: "public",
    fetch: async () => Response.json({ data: [{ b64_json: Buffer.from(tinyPng()).toString("base64") }] }),
  });
  const body = new FormData();
  body.set("model", "acme-9");
  body.set("prompt", "A red hat");
  body.set("image", new File([tinyPng()], "a.png", { type: "image/png" }));
  const request = new Request("http://localhost/api/image-edit", { method: "POST", body });
  globalThis.response = await handler(request);
  console.log(globalThis.response.status);
`;

it("ends the process although the response of the proxy was not read", async () => {
  // Without the time limit of the test: the process itself would wait 600 s.
  const child = spawn(process.execPath, ["--input-type=module", "-e", script], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  child.stdout.on("data", (chunk) => {
    output += chunk;
  });
  child.stderr.on("data", (chunk) => {
    output += chunk;
  });
  try {
    const code = await new Promise((resolve) => child.once("close", resolve));
    expect({ output, code }).toEqual({ output: "200\n", code: 0 });
  } finally {
    child.kill("SIGKILL");
  }
});
