import { CliError } from "../../../packages/cli/src/errors/cli-error.ts";
import { didYouMean, nearestFile } from "../../../packages/cli/src/errors/did-you-mean.ts";
import { isGlob, parseGlob } from "../../../packages/cli/src/input/glob.ts";
import { outputNames, outputPattern } from "../../../packages/cli/src/output/output-pattern.ts";
import { partFileName } from "../../../packages/client/src/media/format.ts";
import { check, type Target } from "../engine/target.ts";

const values = { dir: "d", rel: "r", name: "photo", model: "org/model:1", hash: "0123abcd" };

export const target: Target = {
  name: "output-names",
  covers: [
    "packages/cli/src/errors/did-you-mean.ts",
    "packages/cli/src/input/glob.ts",
    "packages/cli/src/output/output-pattern.ts",
  ],
  seeds: [
    "{dir}/{name}-{n}.{ext}",
    "out/{rel}/{model}/{hash}.png",
    "~/x",
    "{nam}.png",
    "**/*.{png,jpg}",
    "a[!b-c]?/{1..9}/\\*",
    "C:\\Fotos\\Café (1).HEIC",
    "qualtiy",
  ],
  dictionary: [
    "{name}",
    "{n}",
    "{ext}",
    "{dir}",
    "{model}",
    "**",
    "*",
    "?",
    "[a-z]",
    "{a,b}",
    "{1..9}",
    "{1..99999}",
    "/",
    "\\",
    ".",
    "..",
    "~",
    ".png",
    "(",
    ")",
    "|",
    "+(",
    "é",
    "\0",
  ],
  maxBytes: 8192,
  maxSteps: { fixed: 50_000, perByte: 800 },
  run(input) {
    const text = Buffer.from(input).toString("utf8");
    const name = partFileName(text, "png");
    check(/^[\w-]{1,64}\.png$/.test(name), "the name of a part is plain", () => name);
    didYouMean(text, ["quality", "output_format", "output_compression", "input_fidelity", "image"]);
    nearestFile(text, ["photo.png", "a.png", "b/c.jpg"]);
    try {
      const pattern = outputPattern(text, values, "/base");
      const names = outputNames(pattern, 2);
      check(new Set(names).size === names.length, "two images have two names", () => names.join(", "));
      const stored = JSON.parse(JSON.stringify(pattern)) as typeof pattern; // as a journal stores it
      check(outputNames(stored, 2).join("\n") === names.join("\n"), "a stored pattern has the same names");
    } catch (error) {
      if (!(error instanceof CliError)) throw error;
    }
    try {
      if (isGlob(text)) parseGlob(text, "linux").matches("a/b/photo.png");
    } catch (error) {
      if (!(error instanceof CliError)) throw error;
    }
  },
};
