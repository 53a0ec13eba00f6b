import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { scenarioDocs } from "./scenario-docs.ts";
import { startMockServer } from "./server.ts";
import { drawScene } from "./testing/draw-scene.ts";

test("docs/scenarios.md follows the table of scenarios: pnpm --filter @retouch/mock docs", async () => {
  const written = await readFile(new URL("../../../docs/scenarios.md", import.meta.url), "utf8");
  expect(written.replaceAll("\r\n", "\n")).toBe(scenarioDocs());
});

test("runs the example of docs/scenarios.md", async () => {
  const [, example = ""] = /```js\n(.*?)```/s.exec(scenarioDocs()) ?? [];
  const said: [code: string, comment: string][] = [
    ...example.matchAll(/console\.log\((.*?)\); \/\/ (.*)/g),
  ].map(([, code = "", comment = ""]) => [code, comment]);
  const printed: unknown[] = [];
  const body = example.replace(/^import .*$/m, "").replaceAll("console.log", "print");
  const AsyncFunction = (async () => {}).constructor as FunctionConstructor;
  const run = new AsyncFunction("startMockServer", "picture", "print", body);
  const startDrawn: typeof startMockServer = (options) => startMockServer({ ...options, render: "drawn" });
  await run(startDrawn, await drawScene(32, 32), (value: unknown) => printed.push(value));
  expect(printed.join(", ")).toBe(said.map(([, comment]) => comment).join(", "));
});
