import { describe, expect, it, vi } from "vitest";
import { createTestClient } from "./create-test-client.ts";
import { tinyPng } from "./tiny-png.ts";

const params = { image: tinyPng(), prompt: "A red hat" };

describe(createTestClient, () => {
  it("returns a tiny PNG and records what was sent", async () => {
    const client = createTestClient();
    const { images } = await client.edit({ ...params, model: "gpt-image-1", size: "auto", mask: undefined });
    expect(await images[0]?.bytes()).toEqual(tinyPng());
    expect(images[0]).toMatchObject({ mediaType: "image/png", width: 1, height: 1 });
    expect(client.requests).toMatchObject([
      {
        fields: { model: "gpt-image-1", prompt: "A red hat", size: "auto" },
        files: [{ field: "image", mediaType: "image/png", bytes: tinyPng() }],
        headers: { authorization: "Bearer test-key" },
      },
    ]);
  });

  it("sends nothing that preflight rejects", async () => {
    const client = createTestClient();
    await expect(client.edit({ ...params, prompt: "" })).rejects.toMatchObject({ outcome: "not-sent" });
    expect(client.requests).toHaveLength(0);
  });

  it("reports progress as scripted and then the complete form", async () => {
    const client = createTestClient({
      calls: [[{ type: "progress", share: 0.25 }, { type: "progress", share: 0.1 }, { type: "result" }]],
    });
    const shares: number[] = [];
    await client.edit(params, {
      onUploadProgress: ({ loadedBytes, totalBytes }) => shares.push(loadedBytes / totalBytes),
    });
    expect(shares.map((share) => share.toFixed(2))).toEqual(["0.25", "1.00"]);
  });

  it("returns the images, usage and request ID of a result", async () => {
    const usage = { inputTokens: 1, outputTokens: 2, totalTokens: 3 };
    const client = createTestClient({
      calls: [[{ type: "result", images: [tinyPng(), new Blob([tinyPng()])], usage, requestId: "req_1" }]],
    });
    const result = await client.edit(params);
    expect(result).toMatchObject({ usage, requestId: "req_1" });
    expect(result.images).toHaveLength(2);
  });

  it("streams partial images and the result", async () => {
    const client = createTestClient({
      calls: [[{ type: "partial" }, { type: "partial" }, { type: "result" }]],
    });
    const types: string[] = [];
    for await (const event of client.stream({ ...params, partial_images: 2 })) types.push(event.type);
    expect(types).toEqual(["partial", "partial", "completed"]);
  });

  it.each([
    [
      { type: "failure", outcome: "not-sent" },
      { name: "NetworkError", outcome: "not-sent" },
    ],
    [
      { type: "failure", outcome: "rejected" },
      { name: "HttpError", outcome: "rejected", status: 400 },
    ],
    [
      { type: "failure", outcome: "rejected", status: 429, code: "rate_limit_exceeded", requestId: "req_2" },
      {
        name: "HttpError",
        outcome: "rejected",
        status: 429,
        code: "rate_limit_exceeded",
        requestId: "req_2",
      },
    ],
    [
      { type: "failure", outcome: "unknown" },
      { name: "NetworkError", outcome: "unknown" },
    ],
    [
      { type: "failure", outcome: "unknown", status: 502 },
      { name: "HttpError", outcome: "unknown", status: 502 },
    ],
  ] as const)("fails as scripted: %o", async (step, error) => {
    const client = createTestClient({ calls: [[step]] });
    await expect(client.edit(params)).rejects.toMatchObject(error);
    expect(client.requests).toHaveLength(1);
  });

  it("cuts a stream in the middle", async () => {
    const client = createTestClient({
      calls: [[{ type: "partial" }, { type: "failure", outcome: "unknown" }]],
    });
    const read = async (): Promise<void> => {
      for await (const event of client.stream(params)) expect(event.type).toBe("partial");
    };
    await expect(read()).rejects.toMatchObject({ outcome: "unknown" });
  });

  it("hangs until it is aborted", async () => {
    const client = createTestClient({ calls: [[{ type: "progress", share: 1 }, { type: "hang" }]] });
    const controller = new AbortController();
    const edited = client.edit(params, {
      signal: controller.signal,
      onUploadProgress: () => controller.abort("stop"),
    });
    await expect(edited).rejects.toBe("stop");
    expect(client.requests[0]?.signal.aborted).toBe(true);
  });

  it.each([
    [0.5, "not-sent"],
    [1, "unknown"],
  ])("reports the outcome of a timeout with %d of the form sent", async (share, outcome) => {
    vi.useFakeTimers();
    try {
      const client = createTestClient({ calls: [[{ type: "progress", share }, { type: "hang" }]] });
      const edited = client.edit(params, {
        timeoutMs: 1_000,
        onUploadProgress: () => void vi.advanceTimersByTime(1_000),
      });
      await expect(edited).rejects.toMatchObject({ name: "TimeoutError", outcome });
    } finally {
      vi.useRealTimers();
    }
  });

  it("waits for a promise passed by the test", async () => {
    let release = (): void => undefined;
    const until = new Promise<void>((resolve) => {
      release = resolve;
    });
    const client = createTestClient({ calls: [[{ type: "wait", until }]] });
    const order: string[] = [];
    const edited = client.edit(params).then(() => order.push("edited"));
    order.push("released");
    release();
    await edited;
    expect(order).toEqual(["released", "edited"]);
  });

  it("plays one script per request and throws when none remains", async () => {
    const client = createTestClient({ calls: [[{ type: "failure", outcome: "not-sent" }], []] });
    await expect(client.edit(params)).rejects.toMatchObject({ outcome: "not-sent" });
    await expect(client.edit(params)).resolves.toBeDefined();
    await expect(client.edit(params)).rejects.toThrow("it has 2 calls, and this is request 3");
  });
});
