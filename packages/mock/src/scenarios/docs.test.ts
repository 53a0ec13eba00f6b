import { readFile } from "node:fs/promises";
import { setupServer } from "msw/node";
import { expect, test } from "vitest";
import { createHandlers } from "../index.ts";
import { startMockServer } from "../server.ts";
import { drawScene } from "../testing/draw-scene.ts";
import { scenarioDocs } from "./docs.ts";

const readme = await readFile(new URL("../../README.md", import.meta.url), "utf8");
const examples = [scenarioDocs(), readme].flatMap((text) =>
  [...text.replaceAll("\r\n", "\n").matchAll(/```js\n(.*?)```/gs)].map(([, code = ""]) => code),
);

test("docs/scenarios.md follows the table of scenarios: pnpm --filter @retouch/mock docs", async () => {
  const written = await readFile(new URL("../../../../docs/scenarios.md", import.meta.url), "utf8");
  expect(written.replaceAll("\r\n", "\n")).toBe(scenarioDocs());
});

test.each(examples)("example %# of the documentation runs as its comments say", async (example) => {
  const expected = [...example.matchAll(/console\.log\(.*\); \/\/ (.*)/g)].map(([, comment]) => comment);
  const printed: unknown[] = [];
  const scope = {
    createHandlers,
    setupServer,
    startMockServer: (options?: object) => startMockServer({ ...options, render: "drawn" }),
    readFile: () => drawScene(32, 32),
    print: (value: unknown) => printed.push(value),
  };
  const AsyncFunction = (async () => {}).constructor as FunctionConstructor;
  const body = example.replaceAll(/^import .*$/gm, "").replaceAll("console.log", "print");
  await new AsyncFunction(...Object.keys(scope), body)(...Object.values(scope));
  expect(printed.join(", ")).toBe(expected.join(", "));
  expect(printed.length).toBeGreaterThan(0);
});
