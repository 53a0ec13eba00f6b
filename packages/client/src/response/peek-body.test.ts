import { describe, expect, it } from "vitest";
import { inChunks } from "../fixtures/in-chunks.ts";
import { peekBody } from "./peek-body.ts";

describe("peekBody", () => {
  it("looks at a body that arrives byte by byte each time that it has doubled", async () => {
    let seenBytes = 0;
    const text = "x".repeat(10_000);
    const { head, body } = await peekBody(inChunks(text, 1), (beginning) => {
      seenBytes += beginning.length;
      return beginning.length >= 5000;
    });
    expect(seenBytes).toBeLessThan(20_000);
    expect(head.length).toBeGreaterThanOrEqual(5000);
    const chunks: Uint8Array[] = [];
    for await (const chunk of body) chunks.push(chunk);
    expect(Buffer.concat(chunks).toString()).toBe(text);
  });

  it("asks after the first byte, and not about an empty body", async () => {
    expect((await peekBody(inChunks("{}", 1), () => true)).head.length).toBe(1);
    expect((await peekBody(inChunks(""), () => true)).head.length).toBe(0);
  });
});
