import { expect, test } from "vitest";
import { compileConsumer, consumers } from "./compile-consumer.ts";

test.concurrent.each(consumers)("declarations compile under TypeScript 5.9 in a %s project", async (name) => {
  expect(await compileConsumer(name, "typescript")).toEqual({ code: 0, stdout: "", stderr: "" });
});
