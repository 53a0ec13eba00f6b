import { describe, expect, test } from "vitest";
import { compileConsumer, consumers } from "../src/packages/compile-consumer.ts";

describe.each(["typescript", "typescript-6", "typescript-7"] as const)(
  "declarations under %s",
  (compiler) => {
    test.each(consumers)("compile in a %s project", async (name) => {
      expect(await compileConsumer(name, compiler)).toEqual({ code: 0, stdout: "", stderr: "" });
    });
  },
);
