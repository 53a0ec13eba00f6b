import { limitsOf, modelNames } from "@retouch/client/models";
import type { CommandDefinition } from "../../cli/src/arguments/command-definition.ts";
import {
  connectionOptions,
  globalOptions,
  pickOptions,
} from "../../cli/src/arguments/definitions/shared-options.ts";
import { exampleModels, keyVendors } from "../../cli/src/generated/servers.gen.ts";

/** The most images that any known model takes in one edit. */
const maxImages = Math.max(
  ...modelNames.flatMap((name) => limitsOf(name).image.flatMap(({ maxCount }) => maxCount ?? [])),
);

/** `retouch-editor`, as help and the parser see it. */
export const editorDefinition: CommandDefinition = {
  program: "retouch-editor",
  name: "",
  summary: "Edit images in your browser, on a page that this machine serves; the key stays in this process",
  usage: ["retouch-editor [IMG...] [options]"],
  operands: { min: 0, max: maxImages, noun: `at most ${maxImages} images` },
  groups: [
    {
      title: "Page",
      options: [
        {
          flag: "port",
          value: "N",
          kind: "integer",
          range: [0, 65_535],
          description: "Port on 127.0.0.1; by default the last one if it is free, else any. 0 for any.",
        },
        { flag: "no-open", description: "Print the link, and open no browser." },
        {
          flag: "model",
          short: "m",
          value: "MODEL",
          description: "Model that is chosen at first (RETOUCH_MODEL).",
        },
      ],
    },
    connectionOptions,
    {
      title: globalOptions.title,
      options: [
        ...pickOptions(globalOptions, "quiet").options,
        { flag: "version", short: "V", description: "Print the version." },
        ...pickOptions(globalOptions, "help").options,
      ],
    },
  ],
  examples: [
    "retouch-editor photo.jpg --mock",
    `retouch-editor photo.jpg logo.png -m ${exampleModels.default}`,
    `retouch-editor --base-url ${keyVendors.OpenAI.baseUrl} -m ${exampleModels.OpenAI}`,
    "retouch-editor --port 4020 --no-open --settings my.env",
  ],
  notes: [
    "The key is read from RETOUCH_API_KEY, at OpenAI also from OPENAI_API_KEY, or from the file of --settings. There is no flag for it, because flags are visible in the shell history.",
    "Images that were made stay in the state folder (RETOUCH_STATE_DIR) for a week, so that a page that was closed can still collect them. Ctrl-C waits for running edits; a second Ctrl-C does not.",
    "Exit codes: 2 usage, nothing was sent; 4 the key is missing; 129, 130, 143 hung up, interrupted, terminated.",
  ],
};
