import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { base64Of, chat, imagesOf, jpeg, large, link, pixel, svg } from "../../fixtures/response-samples.ts";

describe("findImages", () => {
  it.each<[string, unknown, string[]]>([
    [
      "text with links",
      chat(`![a](https://x.test/a "t")\n[b](https://x.test/b.png)`),
      ["https://x.test/a", "https://x.test/b.png"],
    ],
    ["text with a long data URI", chat(`Done: ![a](data:image/png;base64,${large})!`), [large]],
    [
      "text with short ones",
      chat(`![a](data:image/png;base64,${pixel}) data:image/png;base64,AAAA`),
      [pixel, "AAAA"],
    ],
    [
      "parts",
      chat([
        { type: "text", text: "Hi https://x.test/a.png" },
        { type: "image_url", image_url: { url: `data:image/png;base64,${large}` } },
      ]),
      ["https://x.test/a.png", large],
    ],
    [
      "images next to a text",
      chat("Here you are.", {
        images: [{ type: "image_url", image_url: { url: `data:image/png;base64,${pixel}` } }],
      }),
      [pixel],
    ],
    [
      "the same image twice",
      chat("![a](https://x.test/a.png)", { images: [{ image_url: "https://x.test/a.png" }] }),
      ["https://x.test/a.png"],
    ],
    [
      "several choices",
      { choices: [...chat("https://x.test/1.png").choices, ...chat("https://x.test/2.png").choices] },
      ["https://x.test/1.png", "https://x.test/2.png"],
    ],
    ["a data URI for a URL", { data: [{ url: `data:image/png;base64,${large}` }] }, [large]],
    ["a data URI for base64", { data: [{ b64_json: `data:image/png;base64,${large}` }] }, [large]],
    ["data that is not an array", { data: { b64_json: pixel } }, [pixel]],
    [
      "a URL next to damaged base64",
      { data: [{ b64_json: "?", url: "https://x.test/a" }] },
      ["https://x.test/a"],
    ],
    ["base64 in a list", { images: [pixel, large] }, [pixel, large]],
    ["base64 in `data`", { data: [large, pixel] }, [large, pixel]],
    ["base64 for a URL", { data: [{ url: large }, { url: pixel }] }, [large, pixel]],
    ["base64 for a nested URL", { data: [{ image_url: { url: large } }] }, [large]],
    ["a URL for base64", { data: [{ b64_json: link }] }, [link]],
    ["a relative URL for base64", { data: [{ b64_json: "/files/a.png" }] }, ["/files/a.png"]],
    [
      "a relative URL",
      { data: [{ url: "/files/1" }, { url: "files/2" }, { url: "./3" }] },
      ["/files/1", "files/2", "./3"],
    ],
    [
      "relative URLs in a list",
      { images: ["/files/1", "files/2.webp?x=1"] },
      ["/files/1", "files/2.webp?x=1"],
    ],
    ["several URLs of an item", { data: [{ url: [link, "https://x.test/b"] }] }, [link, "https://x.test/b"]],
    ["a JPEG, whose base64 begins like a path", { data: [{ url: jpeg }, jpeg] }, [jpeg, jpeg]],
    ["base64 in lines", { images: [pixel.replace(/.{20}/g, "$&\n")] }, [pixel]],
    ["the text of an SVG", { data: [{ b64_json: svg }] }, [base64Of(svg)]],
    [
      "an SVG in a data URI",
      { data: [{ url: `data:image/svg+xml,${encodeURIComponent(svg)}` }] },
      [base64Of(svg)],
    ],
    ["base64 as the message of a chat", chat(large), [large]],
    ["`data.data`", { data: { data: [{ url: link }, { b64_json: pixel }] } }, [link, pixel]],
    ["`data.images`", { code: 0, data: { images: [large, pixel] } }, [large, pixel]],
    [
      "`result.images[].url[]`",
      { result: { images: [{ url: [link] }, { url: ["https://x.test/b"] }] } },
      [link, "https://x.test/b"],
    ],
    [
      "`data.result.images[].url[]`",
      { data: { status: "completed", id: "task_1", result: { images: [{ url: [link] }] } } },
      [link],
    ],
    [
      "an image object",
      { image: { url: "https://x.test/a" }, docs: "https://x.test/help.png" },
      ["https://x.test/a"],
    ],
    ["an image object with base64", { image: { b64: pixel, url: "" } }, [pixel]],
    [
      "a list of URLs of any name",
      { output: ["https://x.test/a", "https://x.test/b"] },
      ["https://x.test/a", "https://x.test/b"],
    ],
    [
      "an output",
      { input: { image: "https://x.test/in.png" }, output: link, urls: { get: "https://x.test/1" } },
      [link],
    ],
    ["`message.data[]`", { message: { data: [{ url: link }] } }, [link]],
    [
      "`choices[].message.data[]`",
      { choices: [{ message: { content: "Here.", data: [{ url: link }] } }] },
      [link],
    ],
    [
      "items with a type",
      { output: [{ type: "reasoning" }, { type: "image_generation_call", result: large }] },
      [large],
    ],
    [
      "parts with inline data",
      { candidates: [{ content: { parts: [{ inlineData: { mimeType: "image/png", data: pixel } }] } }] },
      [pixel],
    ],
    [
      "a part of a message with a source",
      chat([{ type: "image", source: { type: "base64", media_type: "image/png", data: pixel } }]),
      [pixel],
    ],
    [
      "URLs in a list of another name",
      { data: { image_urls: [link, "https://x.test/b"] } },
      [link, "https://x.test/b"],
    ],
    ["a camel-case name", { data: { imageUrl: "https://x.test/a" } }, ["https://x.test/a"]],
    [
      "an image in a field that is named so",
      { data: [{ b64_json: null, url: null, image: large }] },
      [large],
    ],
    ["artifacts", { artifacts: [{ base64: pixel, seed: 1, finishReason: "SUCCESS" }] }, [pixel]],
    [
      "a result beside links to it",
      { status: "success", output: [link], proxy_links: ["https://x.test/p/a.png"] },
      [link],
    ],
    ["a file's path", { file: { path: "/out/a.png", filename: "a.png" } }, ["/out/a.png"]],
    [
      "predictions",
      { predictions: [{ bytesBase64Encoded: pixel }, { bytesBase64Encoded: large }] },
      [pixel, large],
    ],
    [
      "an object with numbers as names",
      { results: { 0: { url: link }, 1: { url: "https://x.test/b" } } },
      [link, "https://x.test/b"],
    ],
    ["the same result twice", { url: link, output: { url: link } }, [link]],
    ["an image beside its preview", { result: { b64: pixel, thumbnail: base64Of("GIF89a") } }, [pixel]],
    ["a URL with a space", { data: [{ url: "https://x.test/a b" }] }, ["https://x.test/a b"]],
    ["JSON in a text", { data: JSON.stringify({ images: [{ url: link }] }) }, [link]],
    ["a list of URLs alone", [link, "https://x.test/b.png"], [link, "https://x.test/b.png"]],
    ["a text alone", JSON.stringify(large), [large]],
    ["base64 outside of JSON", `${large}\n`, [large]],
    ["a data URI outside of JSON", `data:image/png;base64,${pixel}`, [pixel]],
    ["a URL outside of JSON", `\n${link}`, [link]],
    ["base64 of another name", { data: [{ image_base64: pixel }, { image_base64: large }] }, [pixel, large]],
    ["`data` that is a text", { data: link }, [link]],
    ["a repeated key: the last wins", `{"data":[{"b64_json":"${large}","b64_json":"${pixel}"}]}`, [pixel]],
    ["a key in escapes", `{"data":[{"b64\\u005fjson":"${large}"}]}`, [large]],
    ["a byte order mark", `\ufeff{"data":[{"b64_json":"${pixel}"}]}`, [pixel]],
  ])("reads %s", async (_, response, expected) => {
    expect(await imagesOf(response)).toEqual(expected);
  });

  it("finds one image in any wrapper, and only that", async () => {
    const key = fc.constantFrom(
      "data",
      "result",
      "output",
      "images",
      "payload",
      "response",
      "x1",
      "content",
      "item",
    );
    const path = fc.array(fc.oneof(key, fc.constant(0)), { minLength: 1, maxLength: 6 });
    const noise = fc.record({
      created: fc.nat(),
      status: fc.constantFrom("succeeded", "completed", "ok"),
      note: fc.constantFrom("Here you are.", "1.0", "a/b", "", null),
      task_id: fc.stringMatching(/^[a-f\d]{32}$/),
      input: fc.record({ image: fc.constant(jpeg), url: fc.constant("https://x.test/in.png") }),
    });
    const leaf = fc.constantFrom(
      pixel,
      large,
      link,
      { url: link },
      { url: [link] },
      { b64_json: large },
      { image: pixel },
    );
    await fc.assert(
      fc.asyncProperty(path, leaf, noise, async (parts, value, beside) => {
        const wrapped = parts.reduceRight<unknown>(
          (inner, part) => (part === 0 ? [inner] : { [part]: inner }),
          value,
        );
        const response = Array.isArray(wrapped) ? wrapped : { ...beside, ...(wrapped as object) };
        // A link is a result by its extension, wherever it is.
        const text = typeof value === "string" ? value : String(Object.values(value)[0]);
        expect(await imagesOf(response)).toEqual([text]);
      }),
      { numRuns: 300 },
    );
  });
});
