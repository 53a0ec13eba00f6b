import type { CommandDefinition } from "../command-definition.ts";
import { globalOptions, pickOptions } from "./shared-options.ts";

/** `retouch mask`, as help, the parser and completion see it. */
export const maskDefinition: CommandDefinition = {
  name: "mask",
  summary: "Make a mask for an image",
  usage: [
    "retouch mask IMG --rect X,Y,W,H [--ellipse X,Y,W,H ...] [-o FILE] [options]",
    "retouch mask IMG --from-alpha|--from-bw [-o FILE] [options]",
  ],
  operands: { min: 1, max: 1, noun: "one image" },
  groups: [
    {
      title: "Area to edit",
      options: [
        {
          flag: "rect",
          value: "X,Y,W,H",
          repeatable: true,
          description: "Edit inside a rectangle, in pixels.",
        },
        {
          flag: "ellipse",
          value: "X,Y,W,H",
          repeatable: true,
          description: "Edit inside an ellipse, by its bounding box.",
        },
        { flag: "from-alpha", description: "Edit where IMG is transparent." },
        { flag: "from-bw", description: "IMG is black and white: edit where it is white." },
        { flag: "invert", description: "Invert the mask." },
        {
          flag: "for",
          value: "FILE",
          kind: "path",
          description: "Resize the mask to the size of this image.",
        },
      ],
    },
    {
      title: "Output",
      options: [
        {
          flag: "output",
          short: "o",
          value: "FILE",
          kind: "path",
          description: "PNG to write, or `-`; by default {name}.mask.png beside IMG.",
        },
        { flag: "force", short: "f", description: "Overwrite an existing file." },
      ],
    },
    pickOptions(globalOptions, "json", "quiet", "help"),
  ],
  examples: [
    "retouch mask photo.jpg --rect 100,80,400,300",
    "retouch mask photo.jpg --ellipse 100,80,400,300 --invert -o face.mask.png",
    "retouch mask drawn.png --from-bw --for photo.jpg -o photo.mask.png",
  ],
};
