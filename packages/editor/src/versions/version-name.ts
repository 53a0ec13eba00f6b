import type { Step } from "@retouch/react-hooks";
import { shorten } from "../shorten.ts";

/** Returns the prompt of a version, or what it is without one. */
export function promptOf({ params }: Step): string {
  return params === undefined ? "the original" : String(params["prompt"]);
}

/** Returns the prompt of a version for a name: the beginning of a long one. */
export function shortPromptOf(step: Step): string {
  return shorten(promptOf(step));
}

/** Returns the number of a version, from 1, as the page counts them. */
export function numberOf(steps: readonly Step[], id: string | null): number | undefined {
  const index = steps.findIndex((step) => step.id === id);
  return index < 0 ? undefined : index + 1;
}

/** Returns the markup that a version was made with: the session keeps it with the other parameters. */
export function markupOf({ params }: Step): Blob | undefined {
  const markup = params?.["markup"];
  return markup instanceof Blob ? markup : undefined;
}

/** Returns the parameters of a version without its images; `undefined` for one that was opened. */
export function paramsOfStep({ params }: Step): Readonly<Record<string, unknown>> | undefined {
  if (params === undefined) return undefined;
  const { markup: _, ...others } = params;
  return others;
}

/** Returns the file name that a version is saved under. */
export function fileNameOf({ mediaType }: Pick<Step, "mediaType">, number?: number): string {
  const extension = mediaType?.split("/")[1]?.replace("jpeg", "jpg").replace("svg+xml", "svg") ?? "png";
  return number === undefined ? `retouched.${extension}` : `version-${number}.${extension}`;
}
