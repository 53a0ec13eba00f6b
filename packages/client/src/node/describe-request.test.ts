import { describe, expect, it } from "vitest";
import { describeRequest } from "./describe-request.ts";

const apiKey = "k-0123456789";

describe(describeRequest, () => {
  it("describes the spec's own request by default", async () => {
    expect(await describeRequest({ apiKey, baseUrl: "https://a.example/v1" })).toEqual({
      method: "POST",
      url: "https://a.example/v1/images/edits",
      root: "https://a.example",
      query: {},
      keyHeader: "authorization",
      dialect: {},
    });
  });

  it("resolves a preset, and a pasted endpoint with its query", async () => {
    const baseUrl = "https://r.openai.azure.com/openai/deployments/d/images/edits?api-version=1";
    const options = { apiKey, baseUrl, dialect: "azure-deployments", query: { tier: "2" } } as const;
    expect(await describeRequest(options)).toMatchObject({
      url: "https://r.openai.azure.com/openai/deployments/d/images/edits",
      root: "https://r.openai.azure.com/openai/deployments/d",
      query: { "api-version": "1", tier: "2" },
      keyHeader: "api-key",
      dialect: { path: "/images/edits" },
    });
  });

  it.each(["content-type", "a b", ""])("refuses %j as the header of the key", async (keyHeader) => {
    await expect(describeRequest({ apiKey, dialect: { keyHeader } })).rejects.toMatchObject({
      outcome: "not-sent",
      message: expect.stringMatching(/^`dialect\.keyHeader` has /),
    });
  });
});
