import { stat } from "node:fs/promises";
import path from "node:path";
import type { TemplateFacts } from "./output-pattern.ts";

/** Beside the first image, under its name. */
const besideInput = "{dir}/{name}.edited.{ext}";

/** Chooses the template: what `-o` says, in the folder it names, or beside the first image. */
export async function outputTemplate(
  given: string | undefined,
  { rel }: Pick<TemplateFacts, "rel">,
): Promise<string> {
  if (given === undefined) return besideInput;
  const endsOpen = /[/\\]$/.test(given);
  const isFolder =
    endsOpen ||
    (await stat(given).then(
      (facts) => facts.isDirectory(),
      () => false,
    ));
  if (!isFolder) return given;
  const tree = rel === "" ? "" : "{rel}/";
  return `${path.posix.join(given.replaceAll("\\", "/"), "/")}${tree}{name}.edited.{ext}`;
}
