import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { sampleImage } from "../fixtures/images.ts";
import { createClientIn, nodeFiles } from "../node/index.ts";
import type { Delivery, Transport, TransportResponse } from "../transport/transport.ts";

const image = sampleImage();

beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] }));
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

/** Starts an edit with a time limit of a minute, and stops its process for an hour once it has sent something. */
async function stopWhile(delivery: Delivery) {
  let onSent = (): void => undefined;
  let respond = (_: TransportResponse): void => undefined;
  const sent = new Promise<void>((resolve) => {
    onSent = resolve;
  });
  const response = new Promise<TransportResponse>((resolve) => {
    respond = resolve;
  });
  const transport: Transport = async ({ onDelivery }) => {
    onDelivery?.(delivery);
    onSent();
    return response;
  };
  const client = createClientIn(
    { files: nodeFiles, transport },
    { apiKey: "sk-test-key-0123", timeoutMs: 60_000 },
  );
  const edit = client.edit({ model: "gpt-image-1", image, prompt: "A red hat" });
  edit.catch(() => undefined); // awaited later
  await sent;
  const now = performance.now() + 3_600_000;
  vi.spyOn(performance, "now").mockReturnValue(now);
  vi.advanceTimersByTime(60_000);
  return {
    edit,
    arrive() {
      const data = [{ b64_json: Buffer.from(image).toString("base64") }];
      const body = (async function* () {
        yield Buffer.from(JSON.stringify({ data }));
      })();
      respond({ status: 200, statusText: "", headers: new Headers(), body });
    },
  };
}

describe("an edit whose process is stopped until after its time limit", () => {
  it("reads the response that arrived meanwhile", async () => {
    const { edit, arrive } = await stopWhile("possible");
    arrive();
    const { images } = await edit;
    expect(await images[0]?.bytes()).toEqual(image);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("times out soon if there is none", async () => {
    const { edit } = await stopWhile("possible");
    vi.advanceTimersByTime(5_000);
    await expect(edit).rejects.toMatchObject({ name: "TimeoutError", outcome: "unknown" });
  });

  it.each(["none", "incomplete"] as const)("ends at once when it has sent %s", async (delivery) => {
    const { edit } = await stopWhile(delivery);
    await expect(edit).rejects.toMatchObject({ name: "TimeoutError", outcome: "not-sent" });
  });
});
