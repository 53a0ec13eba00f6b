import { describe, expect, it } from "vitest";
import type { Json } from "../spec-types.ts";
import { readSlot } from "./read-slot.ts";
import { splitSentences } from "./sentences.ts";

describe("readSlot", () => {
  it.each<[limit: string, text: string, current: Json, value: Json | undefined]>([
    ["maximum", "10", 5, 10],
    ["maximum", "32,000", 5, 32_000],
    ["maxItems", "one", 5, 1],
    ["maximum", "ten or so", 5, undefined],
    ["belowBytes", "25MB", 0, 26_214_400],
    ["belowBytes", "4 MB", 0, 4_194_304],
    ["belowBytes", "512 KiB", 0, 524_288],
    ["belowBytes", "1.5 GB", 0, 1_610_612_736],
    ["belowBytes", "25 pixels", 0, undefined],
    ["urlLifetimeSeconds", "60 minutes", 0, 3600],
    ["urlLifetimeSeconds", "one hour", 0, 3600],
    ["urlLifetimeSeconds", "7 days", 0, 604_800],
    ["mediaTypes", "png, webp, or jpg", [], ["image/png", "image/webp", "image/jpeg"]],
    ["mediaTypes", "PNG", [], ["image/png"]],
    ["enum", "1024x1024, 1536x1024 (landscape), or auto (default)", [], ["1024x1024", "1536x1024", "auto"]],
    ["enum", '"low" for less filtering, or to "auto" (the default)', [], ["low", "auto"]],
    ["enum", "URL or b64_json", ["url", "b64_json"], ["url", "b64_json"]],
    ["enum", "b, and a", ["a", "b"], ["a", "b"]],
  ])("reads {%s} from %j", (limit, text, current, value) => {
    expect(readSlot(limit, text, current)).toEqual(value);
  });
});

describe("splitSentences", () => {
  it.each([
    ["One. Two.", ["One", "Two"]],
    ["Only gpt-image-1.5 does. dall-e-2 does not.", ["Only gpt-image-1.5 does", "dall-e-2 does not"]],
    ["An area (e.g. the sky) or more. Next", ["An area (e.g. the sky) or more", "Next"]],
    ['It may be "auto." Or not!', ['It may be "auto."', "Or not!"]],
    ["Broken\n  over lines.\n\nTwo", ["Broken over lines", "Two"]],
    ["", []],
  ])("splits %j", (prose, sentences) => {
    expect(splitSentences(prose)).toEqual(sentences);
  });
});
