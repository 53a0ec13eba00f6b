import { createImageClient, isInvalidInputError } from "@retouch/client";
import { startMockServer } from "@retouch/mock/server";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { postBare } from "../support/post-bare.ts";
import { drawImage } from "../support/sample-images.ts";
import { type LimitCase, limitCases } from "./limit-cases.ts";
import { readFamilies } from "./spec-limits.ts";

const families = readFamilies(new URL("../../../spec/openapi.yaml", import.meta.url));
let server: Awaited<ReturnType<typeof startMockServer>>;
let plain: Uint8Array;

beforeAll(async () => {
  plain = await drawImage();
  // The test is about limits, not about rendering.
  server = await startMockServer({ render: async () => plain });
});

beforeEach(() => server.reset());

afterAll(() => server.close());

async function paramsOf({ model, params }: LimitCase): Promise<Record<string, unknown>> {
  return { ...(model !== undefined && { model }), prompt: "Paint it", image: plain, ...(await params()) };
}

/**
 * Returns whether the file of a case was sent for another family already: those of full size take seconds. The mutations of
 * `contract/full` send them for each family.
 */
function wasSent({ title }: LimitCase): boolean {
  const [size] = / \w+ \d+ bytes is .*/.exec(title) ?? [];
  if (size === undefined) return false;
  if (sizes.has(size)) return true;
  sizes.add(size);
  return false;
}
const sizes = new Set<string>();

const client = () => createImageClient({ apiKey: "any", baseUrl: server.url });

for (const family of families) {
  const models = family.models.length > 0 ? family.models : ["acme-9", undefined];
  describe.each(models.map((model) => [model ?? "no model", model] as const))("%s", (_, model) => {
    // The models of a family share its limits: files of its full size are sent for one of them.
    const cases = limitCases(family, model).filter(
      ({ title }) => model === models[0] || !title.includes(" bytes is "),
    );

    test("has limits to test", () => expect(cases.length).toBeGreaterThan(10));

    test.each(cases.map((one) => [one.title, one] as const))("%s", async (_title, one) => {
      const params = await paramsOf(one);
      const { problems } = await client().check(params as never);
      const found = (severity: string) =>
        problems
          .filter((problem) => problem.severity === severity)
          .map((problem) => problem.field.replace(/\[\d+\]$/, ""));

      if (one.verdict === "error") {
        expect(found("error")).toContain(one.field);
        const refusal = await client()
          .edit(params as never)
          .catch((error: unknown) => error);
        expect(isInvalidInputError(refusal) && refusal.outcome).toBe("not-sent");
        expect(server.requests).toHaveLength(0);
        if (!wasSent(one))
          expect(await postBare(server.url, params)).toEqual({ status: 400, param: one.field });
      } else {
        expect(found("error")).toEqual([]);
        if (one.verdict === "warning") expect(found("warning")).toContain(one.field);
        if (!wasSent(one)) expect(await postBare(server.url, params)).toEqual({ status: 200 });
      }
    });
  });
}
