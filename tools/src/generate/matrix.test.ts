import { readFileSync } from "node:fs";
import { join } from "node:path";
import Ajv from "ajv";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import type { FieldRule, ModelLimits } from "../../../packages/client/src/models/limit-types.ts";
import { limitsOf, modelNames } from "../../../packages/client/src/models/limits.ts";
import { familyOf } from "../../../packages/mock/src/generated/spec.gen.ts";
import { findViolations } from "../../../packages/mock/src/generated/validator.gen.ts";

/** E: rejected, W: causes a warning, ok: neither. */
type Verdict = "E" | "W" | "ok";

const fixedSizes = ["gpt-image-1", "gpt-image-1.5", "chatgpt-image-latest", "gpt-image-1-mini"];
const freeSizes = ["gpt-image-2", "gpt-image-2.5-sunburst", "gpt-image-2.5-flare"];
const snapshots = ["gpt-image-1.5-2025-12-16", "gpt-image-2-2026-04-21", "gpt-image-2.5-flare-2026-09-08"];
const openai = [...fixedSizes, ...freeSizes, ...snapshots];
const columns = [
  ...openai.map((model) => ({ model, column: 0 })),
  { model: "gpt-image-1-all", column: 1 },
  { model: "flux-kontext-pro", column: 2 },
  { model: "flux-kontext-max", column: 2 },
  { model: "dall-e-2", column: 3 },
  { model: "acme-9", column: 4 },
  { model: undefined, column: 4 },
];

/** Returns whether a value satisfies a rule, using only the generated data. */
function satisfies(rule: FieldRule, value: string | number | boolean): boolean {
  if (rule.refused) return false;
  if (rule.type === "integer" && !Number.isInteger(value)) return false;
  if (rule.type === "boolean" && typeof value !== "boolean") return false;
  if (rule.size && typeof value === "string" && !rule.enum?.includes(value)) {
    const [, width = 0, height = 0] = /^(\d+)x(\d+)$/.exec(value)?.map(Number) ?? [];
    const { multipleOf, maxRatio, maxEdgePx, minPixels = 0, maxPixels } = rule.size;
    const ratio = Math.max(width / height, height / width);
    const edges = [width, height].every((edge) => edge > 0 && edge % multipleOf === 0 && edge <= maxEdgePx);
    const pixels = width * height;
    return edges && ratio <= maxRatio && pixels >= minPixels && pixels <= maxPixels;
  }
  if (rule.enum && !rule.enum.some((one) => one === value)) return false;
  if (typeof value === "number") return value >= (rule.minimum ?? value) && value <= (rule.maximum ?? value);
  const length = [...String(value)].length;
  return length >= (rule.minLength ?? 0) && length <= (rule.maxLength ?? length);
}

function verdictOf(limits: ModelLimits, field: string, value: string | number | boolean): Verdict {
  const broken = (limits.fields[field] ?? []).filter((rule) => !satisfies(rule, value));
  if (broken.some(({ severity }) => severity === "error")) return "E";
  return broken.length > 0 ? "W" : "ok";
}

/** The committed document read as plain JSON Schema, independently of our tools. */
const { components } = parse(readFileSync(join(import.meta.dirname, "../../../spec/openapi.yaml"), "utf8"));
const reader = new Ajv({ strict: false, formats: { binary: true } }).addSchema({ $id: "spec", components });
const acceptedBySpec = reader.compile({ $ref: "spec#/components/schemas/EditRequest" });

/** The expectations for a value: one verdict per column of the endpoint matrix. */
const rows: [title: string, field: string, value: string | number | boolean, verdicts: Verdict[]][] = [
  ["an empty prompt", "prompt", "", ["E", "E", "E", "E", "E"]],
  ["1000 characters", "prompt", "😀".repeat(1000), ["ok", "ok", "ok", "ok", "ok"]],
  ["1001 characters", "prompt", "😀".repeat(1001), ["ok", "ok", "ok", "E", "ok"]],
  ["32000 characters", "prompt", "é".repeat(32000), ["ok", "ok", "ok", "E", "ok"]],
  ["32001 characters", "prompt", "é".repeat(32001), ["E", "W", "W", "E", "ok"]],
  ["n 0", "n", 0, ["E", "E", "E", "E", "E"]],
  ["n 1", "n", 1, ["ok", "ok", "ok", "ok", "ok"]],
  ["n 10", "n", 10, ["ok", "ok", "ok", "ok", "ok"]],
  ["n 11", "n", 11, ["E", "E", "E", "E", "E"]],
  ["n 1.5", "n", 1.5, ["E", "E", "E", "E", "E"]],
  ["n as text", "n", "2a", ["E", "E", "E", "E", "E"]],
  ["a size of none", "size", "1000x1000", ["E", "W", "W", "E", "ok"]],
  ["1024x1024", "size", "1024x1024", ["ok", "ok", "ok", "ok", "ok"]],
  ["1536x1024", "size", "1536x1024", ["ok", "ok", "ok", "E", "ok"]],
  ["size auto", "size", "auto", ["ok", "ok", "ok", "E", "ok"]],
  ["quality auto", "quality", "auto", ["ok", "ok", "ok", "ok", "ok"]],
  ["quality high", "quality", "high", ["ok", "ok", "ok", "E", "ok"]],
  ["quality standard", "quality", "standard", ["E", "W", "W", "ok", "ok"]],
  ["quality hd", "quality", "hd", ["E", "W", "W", "E", "ok"]],
  ["response_format url", "response_format", "url", ["E", "W", "ok", "ok", "ok"]],
  ["response_format b64_json", "response_format", "b64_json", ["E", "W", "ok", "ok", "ok"]],
  ["response_format png", "response_format", "png", ["E", "W", "ok", "E", "ok"]],
  ["background opaque", "background", "opaque", ["ok", "ok", "E", "E", "ok"]],
  ["background pink", "background", "pink", ["E", "W", "E", "E", "ok"]],
  ["moderation low", "moderation", "low", ["ok", "ok", "E", "E", "ok"]],
  ["moderation none", "moderation", "none", ["E", "W", "E", "E", "ok"]],
  ["output_format webp", "output_format", "webp", ["ok", "ok", "ok", "E", "ok"]],
  ["output_format bmp", "output_format", "bmp", ["E", "W", "W", "E", "W"]],
  ["output_compression 0", "output_compression", 0, ["ok", "ok", "ok", "E", "ok"]],
  ["output_compression 101", "output_compression", 101, ["E", "W", "W", "E", "W"]],
  ["output_compression -1", "output_compression", -1, ["E", "W", "W", "E", "W"]],
  ["stream true", "stream", true, ["ok", "ok", "ok", "E", "ok"]],
  ["stream as text", "stream", "yes", ["E", "W", "W", "E", "W"]],
  ["partial_images 3", "partial_images", 3, ["ok", "ok", "ok", "E", "ok"]],
  ["partial_images 4", "partial_images", 4, ["E", "W", "W", "E", "W"]],
  ["aspect_ratio 16:9", "aspect_ratio", "16:9", ["E", "W", "ok", "E", "ok"]],
  ["aspect_ratio 5:1", "aspect_ratio", "5:1", ["E", "W", "W", "E", "ok"]],
  ["seed 0", "seed", 0, ["W", "W", "ok", "W", "ok"]],
  ["safety_tolerance 7", "safety_tolerance", 7, ["W", "W", "W", "W", "ok"]],
];

describe("the limits of each model", () => {
  describe.each(columns)("$model", ({ model, column }) => {
    it.each(rows)("judge %s", (_title, field, value, verdicts) => {
      const verdict = verdictOf(limitsOf(model), field, value);
      expect(verdict).toBe(verdicts[column]);
      const prompt = { prompt: "a red door" };
      const refused = findViolations(model, { ...prompt, [field]: String(value) });
      expect(refused.map((violation) => violation.field)).toEqual(verdict === "E" ? [field] : []);
      const named = model === undefined ? {} : { model };
      // `x-retouch.size` and dated snapshots are more than JSON Schema can say.
      const ruled =
        snapshots.some((name) => name === model) ||
        (freeSizes.some((name) => name === model) && field === "size");
      const accepted = acceptedBySpec({ image: ["bytes"], ...prompt, ...named, [field]: value });
      if (!ruled) expect(accepted).toBe(verdict !== "E");
    });
  });

  it.each([
    ["gpt-image-1", "high", "ok"],
    ["gpt-image-1", "mid", "E"],
    ["gpt-image-1.5-2025-12-16", "high", "ok"],
    ["gpt-image-1-mini", "low", "ok"],
    ["gpt-image-1-mini", "high", "E"],
    ["gpt-image-2", "low", "E"],
    ["gpt-image-2-2026-04-21", "high", "E"],
    ["gpt-image-2.5-sunburst", "high", "W"],
    ["gpt-image-2.6-flare", "low", "W"],
    ["gpt-image-2.6-flare", "mid", "E"],
    ["gpt-image-1-all", "mid", "W"],
    ["flux-kontext-pro", "mid", "W"],
    ["dall-e-2", "high", "E"],
    ["acme-9", "mid", "W"],
  ])("judge input_fidelity on %s: %s", (model, value, verdict) => {
    expect(verdictOf(limitsOf(model), "input_fidelity", value)).toBe(verdict);
    expect(findViolations(model, { prompt: "p", input_fidelity: value })).toHaveLength(
      verdict === "E" ? 1 : 0,
    );
  });

  it.each([
    ["gpt-image-1", "xhigh", "E"],
    ["gpt-image-2", "max", "E"],
    ["gpt-image-2.5-flare", "xhigh", "ok"],
    ["gpt-image-2.5-sunburst-2026-09-08", "max", "ok"],
    ["gpt-image-2.6-sunburst", "max", "ok"],
    ["gpt-image-2.6-sunburst", "standard", "E"],
    ["gpt-image-1-all", "max", "W"],
  ])("judge quality on %s: %s", (model, value, verdict) => {
    expect(verdictOf(limitsOf(model), "quality", value)).toBe(verdict);
    expect(findViolations(model, { prompt: "p", quality: value })).toHaveLength(verdict === "E" ? 1 : 0);
  });

  it.each([
    ["gpt-image-1", "E", "E"],
    ["gpt-image-1-mini", "E", "E"],
    ["gpt-image-1.5", "E", "E"],
    ["gpt-image-2", "W", "W"],
    ["gpt-image-2.5-flare", "W", "W"],
    ["gpt-image-2.6-sunburst", "ok", "W"],
    ["gpt-image-1-all", "W", "W"],
    ["acme-9", "W", "W"],
  ])("judge a gif and an svg of %s: %s, %s", (model, gif, svg) => {
    const verdicts = ["gif", "svg"].map((format) => verdictOf(limitsOf(model), "output_format", format));
    expect(verdicts).toEqual([gif, svg]);
    const refused = findViolations(model, { prompt: "p", output_format: "gif" });
    expect(refused).toHaveLength(gif === "E" ? 1 : 0);
  });

  it.each([
    ["frame_count", "1", "E"],
    ["frame_count", "2", "ok"],
    ["frame_count", "16", "ok"],
    ["frame_count", "17", "E"],
    ["frame_duration_ms", "0", "E"],
    ["frame_duration_ms", "655350", "ok"],
    ["frame_duration_ms", "655351", "E"],
    ["complexity", "medium", "ok"],
    ["complexity", "auto", "E"],
    ["svg[reasoning][effort]", "none", "ok"],
    ["svg[reasoning][effort]", "auto", "E"],
    ["svg[model]", "any", "ok"],
  ])("judge %s %s on gpt-image-2.5-flare", (field, text, verdict) => {
    const value = /^\d+$/.test(text) ? Number(text) : text;
    expect(verdictOf(limitsOf("gpt-image-2.5-flare"), field, value)).toBe(verdict);
    const format = field.startsWith("svg") ? "svg" : "gif";
    const form = { prompt: "p", output_format: format, [field]: text };
    const named = findViolations("gpt-image-2.5-flare", form).map((violation) => violation.field);
    expect(named).toEqual(verdict === "E" ? [field] : []);
    // Older models accept none of them.
    expect(verdictOf(limitsOf("gpt-image-1"), field, value)).toBe(
      field === "complexity" && verdict === "ok" ? "W" : "E",
    );
  });

  it.each<[string, Record<string, string>, string[]]>([
    ["frame_count", { frame_count: "4" }, []],
    ["frame_count", { frame_count: "4", output_format: "png" }, []],
    ["frame_duration_ms", { frame_duration_ms: "90", output_format: "svg" }, []],
    ["svg[model]", { "svg[model]": "any" }, []],
    ["svg[reasoning][effort]", { "svg[reasoning][effort]": "low", output_format: "gif" }, []],
    ["stream", { stream: "true", output_format: "gif" }, []],
    ["stream", { stream: "true", output_format: "svg" }, []],
    ["partial_images", { partial_images: "1", output_format: "gif" }, []],
    ["output_compression", { output_compression: "100", output_format: "svg" }, []],
    ["n", { n: "2", output_format: "svg" }, []],
    ["mask", { output_format: "gif" }, ["mask"]],
    ["markup", {}, ["markup", "mask"]],
    ["", { stream: "false", partial_images: "0", n: "1", output_format: "svg" }, ["mask"]],
    ["", { n: "2", frame_count: "4", output_format: "gif" }, ["markup"]],
  ])("refuse for %s: %j with files %j", (field, fields, files) => {
    const { conflicts } = limitsOf("gpt-image-2.5-flare");
    const broken = conflicts.filter(({ when }) => {
      const sent = (name: string) => fields[name] ?? (files.includes(name) ? "a file" : undefined);
      return Object.entries(when).every(([name, { enum: values, minimum, except }]) => {
        const value = sent(name);
        if (except) return value === undefined || !except.includes(value);
        const isListed = values === undefined || values.some((one) => String(one) === value);
        return value !== undefined && isListed && (minimum === undefined || Number(value) >= minimum);
      });
    });
    expect(broken.map(({ when }) => Object.keys(when)[0])).toEqual(field === "" ? [] : [field]);
    const found = findViolations("gpt-image-2.5-flare", { prompt: "p", ...fields }, files);
    expect(found.map((violation) => [violation.field, violation.keyword])).toEqual(
      field === "" ? [] : [[field, "conflict"]],
    );
  });

  it("hold markup to a PNG of the upright first image with some transparency, where a model takes it", () => {
    const rule = { mediaTypes: ["image/png"], sizeOfUprightFirstImage: true, someTransparency: true };
    for (const model of ["gpt-image-2.5-flare", "gpt-image-2.6-sunburst"]) {
      expect(limitsOf(model).files["markup"]).toEqual([{ severity: "error", source: "openai", ...rule }]);
      expect(familyOf(model).files["markup"]).toEqual(rule);
    }
    expect(limitsOf("acme-9").files["markup"]).toMatchObject([{ severity: "warning", ...rule }]);
    for (const model of ["gpt-image-1", "gpt-image-2", "dall-e-2"]) {
      expect(limitsOf(model).fields["markup"]).toMatchObject([{ severity: "error", refused: true }]);
      expect(findViolations(model, { prompt: "p" }, ["markup"])).toMatchObject([
        { field: "markup", keyword: "refused" },
      ]);
    }
    expect(limitsOf("gpt-image-2.6-flare").fields["markup"]).toMatchObject([{ severity: "warning" }]);
  });

  it("warn of a size that only others document for gpt-image-2.6, and of transparency in preview", () => {
    for (const size of ["1000x1000", "512x512"]) {
      expect(verdictOf(limitsOf("gpt-image-2.6-flare"), "size", size)).toBe("W");
      expect(findViolations("gpt-image-2.6-flare", { prompt: "p", size })).toEqual([]);
    }
    expect(verdictOf(limitsOf("gpt-image-2"), "background", "transparent")).toBe("W");
    expect(verdictOf(limitsOf("gpt-image-2.5-flare"), "background", "transparent")).toBe("ok");
  });

  it.each(["gpt-image-2-2026-04-21", "gpt-image-2-2031-01-09"])(
    "hold %s to the limits of its model",
    (name) => {
      expect(limitsOf(name)).toEqual(limitsOf("gpt-image-2"));
      expect(familyOf(name)).toBe(familyOf("gpt-image-2"));
      expect(limitsOf("gpt-image-3-2031-01-09").known).toBe(false);
      expect(limitsOf("gpt-image-2-2031-1-9").known).toBe(false);
    },
  );

  it.each([
    ["3840x2160", "ok"],
    ["2160x3840", "ok"],
    ["2880x2880", "ok"],
    ["1024x640", "ok"],
    ["1008x640", "E"],
    ["1408x480", "ok"],
    ["1456x448", "E"],
    ["64x16", "E"],
    ["16x64", "E"],
    ["3856x2160", "E"],
    ["3840x2176", "E"],
    ["1000x1000", "E"],
    ["1024x1000", "E"],
    ["auto", "ok"],
    ["large", "E"],
    ["1024", "E"],
    ["1024x1024x16", "E"],
    ["0x0", "E"],
  ])("judge gpt-image-2's size %s", (size, verdict) => {
    expect(verdictOf(limitsOf("gpt-image-2"), "size", size)).toBe(verdict);
    expect(findViolations("gpt-image-2", { prompt: "p", size })).toHaveLength(verdict === "E" ? 1 : 0);
  });

  it.each(["0x5", " 5 ", "1e0", "+3", "5.0", "", "٣"])("refuse n written as %j in a form", (n) => {
    expect(findViolations("gpt-image-1", { prompt: "p", n })).toMatchObject([
      { field: "n", keyword: "type" },
    ]);
  });

  it("refuse a transparent jpeg on OpenAI's models, and warn of it on gpt-image-1-all", () => {
    for (const { model, column } of columns) {
      const transparent = { prompt: "p", background: "transparent", output_format: "jpeg" };
      const jpegs = limitsOf(model).conflicts.filter(({ when }) => when["background"]);
      const severities = jpegs.map(({ severity }) => severity);
      expect(severities).toEqual([["error"], ["warning"]][column] ?? []);
      if (column === 0) {
        expect(findViolations(model, transparent)).toMatchObject([
          { field: "background", keyword: "conflict" },
        ]);
        expect(findViolations(model, { ...transparent, output_format: "webp" })).toEqual([]);
      } else if (column === 1) expect(findViolations(model, transparent)).toEqual([]);
    }
  });

  it.each([
    { column: 0, formats: "E", bytes: ["E", 26_214_400], count: [16, undefined], square: undefined },
    { column: 1, formats: "W", bytes: ["W", 26_214_400], count: [16, undefined], square: undefined },
    { column: 2, formats: "W", bytes: ["W", 26_214_400], count: [16, 1], square: undefined },
    { column: 3, formats: "E", bytes: ["E", 4_194_304], count: [1, undefined], square: true },
    { column: 4, formats: "W", bytes: [undefined, undefined], count: [16, undefined], square: undefined },
  ])("limits the images of column $column", ({ column, formats, bytes, count, square }) => {
    for (const { model } of columns.filter((one) => one.column === column)) {
      const { image } = limitsOf(model);
      const short = { error: "E", warning: "W" } as const;
      const byFormat = image.find((rule) => rule.mediaTypes);
      const byBytes = image.find((rule) => rule.belowBytes);
      expect(byFormat && short[byFormat.severity]).toBe(formats);
      expect(byFormat?.mediaTypes).toEqual(
        column === 3 ? ["image/png"] : ["image/png", "image/webp", "image/jpeg"],
      );
      const later = column === 0 && model !== "gpt-image-1"; // OpenAI's limit; the vendor's is 25 MB
      const limit = later ? 52_428_800 : bytes[1];
      expect([byBytes && short[byBytes.severity], byBytes?.belowBytes]).toEqual([bytes[0], limit]);
      const max = (severity: string) =>
        image.find((rule) => rule.severity === severity && rule.maxCount)?.maxCount;
      expect([max("error"), max("warning")]).toEqual(count);
      expect(image.find((rule) => rule.square)?.square).toBe(square);
      expect(familyOf(model).image).toMatchObject({ maxCount: count[0], ...(square ? { square } : {}) });
      expect(familyOf(model).image.belowBytes).toBe(formats === "E" ? limit : undefined);
    }
  });

  it("hold the mask of every model to the same rules", () => {
    for (const { model } of [...columns, { model: "dall-e-3" }]) {
      const rule = {
        mediaTypes: ["image/png"],
        belowBytes: 4_194_304,
        sizeOfFirstImage: true,
        transparentPixel: true,
      };
      expect(limitsOf(model).mask).toEqual([{ severity: "error", source: "vendor", ...rule }]);
      expect(familyOf(model).mask).toEqual(rule);
    }
  });

  it("know dall-e-3 with its sizes, one image and a notice", () => {
    const limits = limitsOf("dall-e-3");
    expect(limits.known).toBe(true);
    expect(limits.notice).toContain("does not edit");
    expect(verdictOf(limits, "size", "1792x1024")).toBe("ok");
    expect(verdictOf(limits, "size", "1536x1024")).toBe("E");
    expect(limits.image[0]).toMatchObject({ severity: "error", maxCount: 1 });
    expect(verdictOf(limits, "quality", "hd")).toBe("ok");
  });

  it("states where and when a model shuts down, and how long URLs live", () => {
    const host = "api.openai.com";
    const soon = ["gpt-image-2.6-sunburst", "gpt-image-2.6-flare"];
    expect(limitsOf("gpt-image-1").shutdowns).toEqual([
      { host, date: "2026-10-23", replacements: ["gpt-image-2.5-sunburst", "gpt-image-2.5-flare"] },
    ]);
    for (const model of ["gpt-image-1-mini", "gpt-image-1.5", "gpt-image-1.5-2025-12-16"]) {
      expect(limitsOf(model).shutdowns).toEqual([{ host, date: "2026-12-01", replacements: soon }]);
    }
    expect(limitsOf("gpt-image-2").shutdowns).toEqual([]);
    expect(limitsOf("gpt-image-1-all").shutdowns).toEqual([]);
    expect(limitsOf("dall-e-2")).toMatchObject({ urlLifetimeSeconds: 3600, shutdowns: [{ host }] });
    expect(limitsOf("flux-kontext-max").urlLifetimeSeconds).toBe(600);
  });

  it("are those common to all for any other name, one of JavaScript's own too", () => {
    const common = limitsOf(undefined);
    expect(common.known).toBe(false);
    for (const name of ["acme-9", "", "constructor", "__proto__", "toString"])
      expect(limitsOf(name)).toEqual(common);
  });

  it("are never looser for no model than for any model", () => {
    const common = limitsOf(undefined);
    for (const model of modelNames) {
      for (const [, field, value] of rows) {
        if (verdictOf(common, field, value) === "E")
          expect(verdictOf(limitsOf(model), field, value)).toBe("E");
      }
    }
  });
});
