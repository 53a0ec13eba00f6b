import { expect, test } from "vitest";
import * as browser from "./browser/index.ts";
import * as node from "./index.ts";
import * as server from "./server.ts";

test("pins the export names, the same in Node and in browsers", () => {
  expect(Object.keys(node)).toEqual(["createHandlers", "scenarioNames"]);
  expect(Object.keys(browser)).toEqual(Object.keys(node));
  expect(Object.keys(server)).toEqual(["scenarioNames", "startMockServer"]);
});

test("knows every scenario by its binding name", () => {
  const binding =
    "ok chat-completion url rate-limited quota moderation unauthorized model-not-found server-error html-524 hang reset truncated bad-base64 empty wrong-type slow stream-cut stream-as-json";
  expect(node.scenarioNames).toEqual(expect.arrayContaining(binding.split(" ")));
});
