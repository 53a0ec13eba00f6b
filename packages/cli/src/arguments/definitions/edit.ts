import type { CommandDefinition, OptionDefinition, OptionGroup } from "../command-definition.ts";
import { fieldOptions } from "../field-options.ts";
import {
  concurrencyOption,
  connectionOptions,
  cropOption,
  exampleModel,
  globalOptions,
  maxCostOption,
  modelOption,
  openaiExample,
  outputOptions,
  pasteBackOption,
  rateOption,
} from "./shared-options.ts";

const fields: OptionGroup = { title: "Model parameters", options: fieldOptions };

const paramOption: OptionDefinition = {
  flag: "param",
  value: "K=V",
  repeatable: true,
  description: "A field that is not in the spec. Repeatable.",
};

/** `retouch edit`, as help, the parser and completion see it. */
export const editDefinition: CommandDefinition = {
  name: "edit",
  summary: "Edit images with a prompt",
  usage: ["retouch edit IMG... -m MODEL -p PROMPT [-o TEMPLATE|-] [options]"],
  operands: {
    min: 1,
    max: Number.POSITIVE_INFINITY,
    noun: "at least one image: a file, a folder, a glob, a URL, or `-` for stdin",
  },
  groups: [
    {
      title: "Edit",
      options: [
        modelOption,
        { flag: "prompt", short: "p", value: "TEXT", description: "What to change." },
        {
          flag: "prompt-file",
          value: "FILE",
          kind: "path",
          description: "Read the prompt from a file, or `-`.",
        },
        {
          flag: "mask",
          value: "FILE",
          kind: "path",
          description: "PNG that is fully transparent in the area to edit.",
        },
        { flag: "mask-alpha", description: "Edit where the first image is transparent." },
        { flag: "mask-rect", value: "X,Y,W,H", description: "Edit inside a rectangle of the first image." },
        pasteBackOption,
        cropOption,
        { flag: "retry-unknown", description: "Resend an edit that may already be billed." },
        { flag: "each", description: "One edit per image; without it all images go into one edit." },
        concurrencyOption,
        { ...rateOption, description: "With --each: space sends evenly; 50/m is one every 1.2 s." },
        maxCostOption,
        { flag: "recursive", short: "r", description: "Include images in subfolders." },
      ],
    },
    fields,
    {
      title: "Output",
      options: [
        {
          flag: "output",
          short: "o",
          value: "TEMPLATE",
          description:
            "Path, folder, or template of {dir} {rel} {name} {ext} {n} {model} {hash}; `-` for stdout. " +
            "By default {dir}/{name}.edited.{ext}. The extension follows the image format.",
        },
        ...outputOptions,
        paramOption,
      ],
    },
    connectionOptions,
    globalOptions,
  ],
  examples: [
    `retouch edit photo.jpg -m ${exampleModel} -p "make it dusk" --mock`,
    `retouch edit photo.jpg ${openaiExample} -p "make it dusk"`,
    `retouch edit room.png -m ${exampleModel} -p "a red sofa" --mask-rect 200,300,640,320 --paste-back`,
    `retouch edit photo.jpg -m ${exampleModel} -p "remove the bin" --mask-rect 2900,1800,300,400 --paste-back --crop`,
    `retouch edit photo.jpg logo.png -m ${exampleModel} -p "print the logo on the shirt" -o shirt.png`,
    `retouch edit "raw/**/*.jpg" --each -m ${exampleModel} -p "remove dust" -o "clean/{rel}/{name}.{ext}"`,
    `cat photo.png | retouch edit - -m ${exampleModel} -p "sharper" -o - > sharper.png`,
  ],
  notes: ["To edit in a browser, with a mask to paint: `npx @retouch/editor photo.jpg`."],
};
