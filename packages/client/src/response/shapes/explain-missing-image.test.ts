import { describe, expect, it } from "vitest";
import { base64Of, chat, failureOf, large, link, pixel, read } from "../../fixtures/response-samples.ts";

describe("explainMissingImage", () => {
  it.each<[string, unknown, string[]]>([
    [
      "links",
      { a: { url: "https://x.test/1" }, b: [{ href: "https://x.test/2" }] },
      ["`a.url`", "`b[0].href`"],
    ],
    [
      "task ids",
      { code: 200, data: [{ status: "submitted", task_id: "task_1", status_url: link }] },
      ["`data[0].task_id`", "`data[0].status_url`"],
    ],
    ["an id of a task", { data: { id: "task_01K", status: "pending" } }, ["`data.id`"]],
    [
      "links of a task that is pending",
      { id: "pred_1", status: "IN_QUEUE", url: "https://x.test/1" },
      ["`id`", "`url`"],
    ],
    [
      "base64",
      { signature: base64Of("\0".repeat(9000)), other: { blob: base64Of("\0".repeat(300)) } },
      ["`signature`", "`other.blob`"],
    ],
    ["two images", { front: { b64: pixel }, back: { b64: large } }, ["`front.b64`", "`back.b64`"]],
    ["only an input", { input_image: large, source: { url: link } }, ["`input_image`", "`source.url`"]],
    [
      "keys that are not words",
      { "a\u001b[31m": { url: link }, b: { url: link.replace("a", "b") } },
      ["`*.url`", "`b.url`"],
    ],
  ])("says where it saw %s in a response without a clear result", async (_, response, paths) => {
    const { message } = await failureOf(read(response));
    for (const path of paths) expect(message).toContain(path);
    expect(message).not.toContain("x.test");
  });

  it("keeps the images of which one may be the result", async () => {
    const { images } = await failureOf(read({ front: { b64: pixel }, back: { b64: large } }));
    expect(
      await Promise.all(images.map(async (image) => Buffer.from(await image.bytes()).toString("base64"))),
    ).toEqual([pixel, large]);
    expect((await failureOf(read({ input_image: large }))).images).toEqual([]);
  });

  it.each<[string, unknown]>([
    ["a chat's message", chat("I cannot draw that.")],
    ["parts of a chat's message", chat([{ type: "text", text: "I cannot draw that." }])],
    ["a chat's refusal", chat(null, { refusal: "I cannot draw that." })],
    ["a message of any code", { code: null, message: "I cannot draw that.", data: null }],
    ["a message in an object", { code: 7, message: { text: "I cannot draw that." } }],
    ["a message in a list", { message: ["I cannot draw that."] }],
    ["a nested message", { data: { fail_reason: "I cannot draw that." } }],
    ["an output", { output: [{ content: [{ type: "refusal", refusal: "I cannot draw that." }] }] }],
    ["a message beside moderation", { respect_moderation: false, message: "I cannot draw that." }],
  ])("reports %s", async (_, response) => {
    const error = await failureOf(read(response));
    expect(error.message).toContain('"I cannot draw that."');
    expect(error.outcome).toBe("unknown");
  });

  it("redacts and cuts what it reports", async () => {
    const redact = (text: string) => text.replace("sk-test", "[redacted]");
    const { message } = await failureOf(
      read(chat(`No, sk-test.\n\u001b[31m See https://x.test/p ${"word ".repeat(999)}`), { redact }),
    );
    expect(message).toMatch(/it says: "No, \[redacted\]\. See \[url\] word .*…"/);
    expect(message.length).toBeLessThan(600);
  });

  it("does not take `success` for a reason", async () => {
    expect((await failureOf(read({ code: 0, message: "success", data: [] }))).message).toMatch(
      /^The response contains no image\./,
    );
  });

  it("includes the server's message and finds the request ID in it", async () => {
    const response = {
      error: { message: "Quota is used up (request id: 20261123abc)", type: "new_api_error" },
    };
    const error = await failureOf(read(response));
    expect(error.message).toContain("Quota is used up");
    expect(error.requestId).toBe("20261123abc");
  });
});
