import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { limitsOf } from "../models/limits.ts";
import type { CheckedImage, EditInputs } from "./check-images.ts";
import { preflight } from "./preflight.ts";

const gptImage = ["gpt-image-1", "gpt-image-1.5", "gpt-image-1-mini", "gpt-image-2", "chatgpt-image-latest"];
const models = [...gptImage, "gpt-image-1-all", "flux-kontext-pro", "flux-kontext-max", "dall-e-2", "acme-9"];
const megabyte = 1_048_576;

const png: CheckedImage = {
  field: "image",
  format: "png",
  mediaType: "image/png",
  widthPx: 64,
  heightPx: 64,
  orientation: 1,
  byteLength: 1000,
};
const opaque = {
  hasAlpha: true,
  transparentPixels: "none",
  softAlpha: false,
  widthPx: 64,
  heightPx: 64,
} as const;
const clear = { ...opaque, transparentPixels: "some" } as const;
const mask: CheckedImage = { ...png, field: "mask" };

interface Case {
  readonly params?: Record<string, unknown>;
  readonly images?: readonly CheckedImage[];
  readonly mask?: CheckedImage;
  readonly alpha?: EditInputs["alpha"];
  readonly files?: EditInputs["files"];
}

function problemsOf(
  model: string | undefined,
  { params, images = [png], ...rest }: Case,
  host = "a.example",
) {
  const inputs: EditInputs = { images, imageCount: images.length, unreadable: [], ...rest };
  const edit = { model, prompt: "A red hat", image: images, ...params };
  return preflight(edit, inputs, limitsOf(model), { host, nowMs: Date.UTC(2026, 10, 23) });
}

/** E, W or ok for each column of the matrix in the order of `columns`. */
const columns = ["gpt-image-1", "gpt-image-1-all", "flux-kontext-pro", "dall-e-2", "acme-9"];
function row(given: Case): string {
  return columns
    .map((model) => {
      const { severity } = problemsOf(model, given)[0] ?? {};
      return severity === "error" ? "E" : severity === "warning" ? "W" : "ok";
    })
    .join(" ");
}

describe(preflight, () => {
  it.each([
    ["nothing odd", {}, "ok ok ok ok ok"],
    ["an empty prompt", { params: { prompt: "" } }, "E E E E E"],
    ["a blank prompt", { params: { prompt: " \n\u00a0" } }, "E E E E E"],
    ["a prompt of 32001", { params: { prompt: "😀".repeat(32001) } }, "E W W E ok"],
    ["a prompt of 32000", { params: { prompt: "😀".repeat(32000) } }, "ok ok ok E ok"],
    ["a prompt of 1000", { params: { prompt: "😀".repeat(1000) } }, "ok ok ok ok ok"],
    ["a PDF", { images: [{ ...png, format: "pdf", mediaType: "application/pdf" }] }, "E E E E E"],
    ["an empty file", { images: [{ ...png, problem: "is empty" }] }, "E E E E E"],
    ["a HEIC", { images: [{ ...png, format: "heic", mediaType: "image/heic" }] }, "E W W E W"],
    ["a WebP", { images: [{ ...png, format: "webp", mediaType: "image/webp" }] }, "ok ok ok E ok"],
    ["25 MB", { images: [{ ...png, byteLength: 25 * megabyte }] }, "E W W E ok"],
    ["a byte less", { images: [{ ...png, byteLength: 25 * megabyte - 1 }] }, "ok ok ok E ok"],
    ["4 MB", { images: [{ ...png, byteLength: 4 * megabyte }] }, "ok ok ok E ok"],
    ["two images", { images: [png, png] }, "ok ok W E ok"],
    ["16 images", { images: Array(16).fill(png) }, "ok ok W E ok"],
    ["17 images", { images: Array(17).fill(png) }, "E E E E E"],
    ["no image", { images: [] }, "E E E E E"],
    ["an oblong", { images: [{ ...png, widthPx: 65 }] }, "ok ok ok E ok"],
    ["a mask", { mask, alpha: clear }, "ok ok ok ok ok"],
    ["a JPEG mask", { mask: { ...mask, format: "jpeg", mediaType: "image/jpeg" } }, "E E E E E"],
    ["a mask of 4 MB", { mask: { ...mask, byteLength: 4 * megabyte }, alpha: clear }, "E E E E E"],
    ["a mask of another size", { mask: { ...mask, widthPx: 63 }, alpha: clear }, "E E E E E"],
    ["a mask without alpha", { mask, alpha: { ...opaque, hasAlpha: false } }, "E E E E E"],
    ["an opaque mask", { mask, alpha: opaque }, "E E E E E"],
    ["a mask that cannot be inflated", { mask, alpha: { ...clear, problem: "ends early" } }, "E E E E E"],
    ["n of 0", { params: { n: 0 } }, "E E E E E"],
    ["n of 1.5", { params: { n: 1.5 } }, "E E E E E"],
    ["n of 11", { params: { n: 11 } }, "E E E E E"],
    ["n as text", { params: { n: "2" } }, "E E E E E"],
    ["n of 10", { params: { n: 10 } }, "ok ok ok ok ok"],
    ["a size of 1536x1024", { params: { size: "1536x1024" } }, "ok ok ok E ok"],
    ["a size of 256x256", { params: { size: "256x256" } }, "E W W ok ok"],
    ["a quality of hd", { params: { quality: "hd" } }, "E W W E ok"],
    ["a quality of standard", { params: { quality: "standard" } }, "E W W ok ok"],
    ["a quality of high", { params: { quality: "high" } }, "ok ok ok E ok"],
    ["response_format", { params: { response_format: "url" } }, "E W ok ok ok"],
    ["an odd response_format", { params: { response_format: "odd" } }, "E W ok E ok"],
    ["a background", { params: { background: "opaque" } }, "ok ok E E ok"],
    ["an odd background", { params: { background: "odd" } }, "E W E E ok"],
    ["transparent jpeg", { params: { background: "transparent", output_format: "jpeg" } }, "E W E E ok"],
    ["moderation", { params: { moderation: "low" } }, "ok ok E E ok"],
    ["odd moderation", { params: { moderation: "none" } }, "E W E E ok"],
    ["output_format", { params: { output_format: "webp" } }, "ok ok ok E ok"],
    ["odd output_format", { params: { output_format: "bmp" } }, "E W W E W"],
    ["output_compression of 101", { params: { output_compression: 101 } }, "E W W E W"],
    ["odd input_fidelity", { params: { input_fidelity: "odd" } }, "E W W E W"],
    ["odd partial_images", { params: { partial_images: 4 } }, "E W W E W"],
    ["stream as text", { params: { stream: "yes" } }, "E W W E W"],
    ["an aspect_ratio", { params: { aspect_ratio: "16:9" } }, "E W ok E ok"],
    ["an odd aspect_ratio", { params: { aspect_ratio: "5:7" } }, "E W W E ok"],
  ] as [string, Case, string][])("says of %s: %j", (_, given, expected) => {
    expect(row(given)).toBe(expected);
  });

  it.each([
    ["auto", true],
    ["1024x1024", true],
    ["3840x2160", true],
    ["1024x640", true],
    ["1008x640", false],
    ["48x16", false],
    ["1000x1000", false],
    ["64x16", false],
    ["3856x2160", false],
    ["3840x3840", false],
    ["1024X1024", false],
    ["0x0", false],
  ])("checks gpt-image-2 against its own sizes: %s", (size, isAllowed) => {
    expect(problemsOf("gpt-image-2", { params: { size } }).length === 0).toBe(isAllowed);
  });

  it("reports that a photograph is stored rotated if the mask fits it as shown", () => {
    const photo = { ...png, widthPx: 400, heightPx: 300 };
    const said = (orientation: number, widthPx: number, heightPx: number) => {
      const problems = problemsOf("gpt-image-1", {
        images: [{ ...photo, orientation }],
        mask: { ...mask, widthPx, heightPx },
        alpha: { ...clear, widthPx, heightPx },
      });
      return problems.find(({ code }) => code === "wrong_size")?.message;
    };
    for (const orientation of [5, 6, 7, 8])
      expect(said(orientation, 300, 400)).toBe(
        `\`mask\` is 300x400, the size of the first image as shown, but its file stores it rotated, as 400x300 (EXIF orientation ${orientation}). Save that image upright.`,
      );
    const plain = (size: string) =>
      `\`mask\` is ${size} but the first image is 400x300. Give a mask of 400x300.`;
    expect(said(3, 300, 400)).toBe(plain("300x400"));
    expect(said(6, 200, 400)).toBe(plain("200x400"));
    expect(said(6, 400, 300)).toBeUndefined();
  });

  it("warns about what some servers reject although viewers open it", () => {
    const notes = [
      "missing_end",
      "cmyk",
      "multiple_images",
      "arithmetic_jpeg",
      "lossless_jpeg",
      "unchecked_end",
    ] as const;
    const noted = { images: [{ ...png, notes }], mask: { ...mask, notes }, alpha: clear };
    for (const field of ["image", "mask"]) {
      const seen = problemsOf("gpt-image-1", noted).filter((problem) => problem.field === field);
      expect(seen.map(({ code }) => code)).toEqual(notes);
      expect(seen.every(({ severity }) => severity === "warning")).toBe(true);
    }
    const broken = { images: [{ ...png, notes, problem: "ends early" }] };
    expect(problemsOf("gpt-image-1", broken).map(({ code }) => code)).toEqual(["invalid_image"]);
  });

  it("warns of half-transparent masks, of rotated images under a mask, and of dall-e-3", () => {
    const soft = problemsOf("gpt-image-1", { mask, alpha: { ...clear, softAlpha: true } });
    expect(soft).toMatchObject([{ severity: "warning", code: "soft_alpha" }]);
    const rotated = { images: [{ ...png, orientation: 6 }] };
    expect(problemsOf("gpt-image-1", { ...rotated, mask, alpha: clear })).toMatchObject([
      { severity: "warning", field: "image", code: "rotated" },
    ]);
    expect(problemsOf("gpt-image-1", rotated)).toEqual([]);
    expect(problemsOf("dall-e-3", {})).toMatchObject([
      {
        severity: "warning",
        field: "model",
        code: "notice",
        message: expect.stringMatching(/^`model` is `dall-e-3`: .+ Choose another\.$/),
      },
    ]);
  });

  it("warns of a model past its last day, or within 60 days of it, only at that host", () => {
    const at = (model: string, day: string, host = "api.openai.com") => {
      const inputs: EditInputs = { images: [png], imageCount: 1, unreadable: [] };
      const context = { host, nowMs: Date.parse(`${day}T12:00:00Z`) };
      return preflight({ model, prompt: "A red hat" }, inputs, limitsOf(model), context);
    };
    expect(at("gpt-image-1", "2026-10-23")).toMatchObject([
      {
        severity: "warning",
        code: "shut_down",
        message: expect.stringMatching(
          /^`model` is `gpt-image-1`, which was shut down .+ 2026-10-23\. Use `/,
        ),
      },
    ]);
    for (const model of ["gpt-image-1.5", "gpt-image-1.5-2025-12-16"])
      expect(at(model, "2026-10-02")).toMatchObject([
        {
          severity: "warning",
          code: "shutting_down",
          message: `\`model\` is \`${model}\`, which will be shut down at api.openai.com on 2026-12-01. Use \`gpt-image-2.6-sunburst\` or \`gpt-image-2.6-flare\`.`,
        },
      ]);
    expect(at("gpt-image-1.5", "2026-10-01")).toEqual([]);
    expect(at("gpt-image-1", "2026-10-23", "a.example")).toEqual([]);
  });

  describe("markup", () => {
    const of = (markup: object, model = "gpt-image-2.5-flare", image: Partial<CheckedImage> = {}) =>
      problemsOf(model, {
        params: { markup: {} },
        images: [{ ...png, ...image }],
        files: { markup: { ...png, field: "markup", alpha: clear, ...markup } },
      }).map(({ severity, field, code }) => `${severity} ${field} ${code}`);

    it("is a PNG of the first image's upright size with some transparency", () => {
      expect(of({})).toEqual([]);
      expect(of({ alpha: { ...opaque, softAlpha: true } })).toEqual([]);
      expect(of({ alpha: opaque })).toEqual(["error markup opaque"]);
      expect(of({ alpha: { ...opaque, hasAlpha: false } })).toEqual(["error markup no_alpha"]);
      expect(of({ alpha: { ...opaque, problem: "ends early" } })).toEqual(["error markup invalid_image"]);
      expect(of({ widthPx: 65 })).toEqual(["error markup wrong_size"]);
      expect(of({ format: "jpeg", mediaType: "image/jpeg", alpha: undefined })).toEqual([
        "error markup wrong_format",
      ]);
      expect(of({ problem: "is empty", alpha: undefined })).toEqual(["error markup invalid_image"]);
      const rotated = { widthPx: 64, heightPx: 32, orientation: 6 };
      expect(of({ widthPx: 32, heightPx: 64 }, undefined, rotated)).toEqual([]);
      expect(of({ widthPx: 64, heightPx: 32 }, undefined, rotated)).toEqual(["error markup wrong_size"]);
    });

    it("is checked in `extra` too, where it is a problem of its own", () => {
      const files = { markup: { ...png, field: "extra.markup", alpha: opaque } };
      const problems = problemsOf("gpt-image-2.5-flare", { params: {}, images: [png], files });
      expect(problems).toMatchObject([{ field: "extra.markup", code: "opaque" }]);
    });

    it("is rejected by models without it, and together with a mask", () => {
      expect(of({}, "gpt-image-1")).toEqual(["error markup refused"]);
      expect(of({}, "gpt-image-1-all")).toEqual(["warning markup refused"]);
      const both = problemsOf("gpt-image-2.5-flare", {
        params: { markup: {}, mask: {} },
        mask,
        alpha: clear,
        files: { markup: { ...png, field: "markup", alpha: clear } },
      });
      expect(both).toMatchObject([{ severity: "error", field: "markup", code: "conflict" }]);
    });
  });

  it.each<[string, unknown]>([
    ["a list", ["a"]],
    ["a text", "abc"],
    ["a map", new Map([["style", "oil"]])],
  ])("rejects %s for `extra`, which is an object of fields", (_, extra) => {
    expect(problemsOf("acme-9", { params: { extra } })).toMatchObject([
      { field: "extra", code: "wrong_type" },
    ]);
  });

  it("reports a misspelled field, and one in the wrong place", () => {
    expect(
      problemsOf("acme-9", {
        params: {
          qualty: "high",
          svg: "x",
          extra: { style: "oil", n: 2, deep: {}, "image[]": "x", markup: new Blob(), photo: new Blob() },
        },
      }),
    ).toMatchObject([
      { field: "qualty", code: "unknown_field" },
      { field: "svg", code: "wrong_type" },
      { field: "extra.n", code: "known_field" },
      { field: "extra.deep", code: "wrong_type" },
      { field: "extra.image[]", code: "known_field" },
      { field: "extra.markup", code: "known_field" },
    ]);
    expect(
      problemsOf("acme-9", { params: { prompt: 7, user: [], model: 3 } }).map(({ field }) => field),
    ).toEqual(["prompt", "model", "user"]);
  });

  it("says what was seen, what is allowed and what to do", () => {
    const problems = problemsOf("gpt-image-1", {
      params: { n: 99, quality: "hd", response_format: "url" },
      images: [{ ...png, byteLength: 26.5 * megabyte }],
      mask: { ...mask, widthPx: 32, heightPx: 32 },
      alpha: clear,
    });
    expect(problems.map(({ message }) => message)).toEqual([
      "`image` has 26.50 MB. Make it smaller than 25 MB.",
      "`n` is 99. Give an integer from 1 to 10.",
      "`quality` is `hd`. Give `auto`, `low`, `medium` or `high`.",
      "`response_format` is not a field of this model. Leave it out.",
      "`mask` is 32x32 but the first image is 64x64. Give a mask of 64x64.",
    ]);
  });

  it("never quotes text that could be a prompt or a key", () => {
    fc.assert(
      fc.property(fc.constantFrom(...models), fc.string({ minLength: 25 }), (model, text) => {
        const params = {
          prompt: text,
          quality: text,
          size: text,
          user: text,
          background: text,
          [text]: text,
        };
        expect(JSON.stringify(problemsOf(model, { params }))).not.toContain(
          JSON.stringify(text).slice(1, -1),
        );
      }),
    );
  });

  it("returns problems for any parameters, and never throws", () => {
    fc.assert(
      fc.property(fc.constantFrom(...models), fc.dictionary(fc.string(), fc.anything()), (model, params) => {
        for (const problem of problemsOf(model, { params })) expect(problem.message).toMatch(/^`.+\.$/s);
      }),
    );
  });
});
