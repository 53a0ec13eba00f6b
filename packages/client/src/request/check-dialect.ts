import type { Dialect } from "../dialect.ts";
import type { Report } from "../errors/problem-messages.ts";
import { toShownName } from "../errors/shown-value.ts";
import type { OpenedInputs } from "../preflight/open-inputs.ts";
import { isSent } from "../preflight/preflight.ts";

/** Reports what the server's dialect cannot carry, whatever the model: nothing is left out silently. */
export function checkDialect(
  params: Readonly<Record<string, unknown>>,
  { images, mask, inputs }: OpenedInputs,
  dialect: Dialect,
  report: Report,
): void {
  const { body, urlField, maxImages, refusedFields = [] } = dialect;
  for (const name of refusedFields) {
    // `stream: false` asks for nothing.
    if (isSent(params[name]) && params[name] !== false) report("error", name, "refused", { by: "server" });
  }
  if (maxImages !== undefined && inputs.imageCount > maxImages)
    report("error", "image", "too_many", { count: inputs.imageCount, maxCount: maxImages });
  const references = [...images, mask].filter((input) => input?.reference !== undefined);
  for (const { field, reference } of references as (typeof images)[number][]) {
    const isText = urlField !== undefined && field !== "mask" && reference?.url !== undefined;
    if (body === "json" || isText) report("warning", field, "unchecked", {});
    else report("error", field, "wrong_type", { actual: { type: "object" }, expected: "bytesNotReference" });
  }
  const urls = images.filter(({ reference }) => reference !== undefined).length;
  if (body !== "json" && urls > 0 && urls < images.length)
    report("error", "image", "wrong_type", { actual: { type: "list" }, expected: "filesOrUrls" });
  const own: [string | undefined, parameter: string][] = [
    [dialect.imageField, "image"],
    [dialect.singleImageField, "image"],
    [dialect.urlField, "image"],
    [dialect.maskField, "mask"],
  ];
  for (const name of Object.keys(params["extra"] ?? {})) {
    const parameter = own.find(([field]) => field !== undefined && rootOf(field) === rootOf(name))?.[1];
    if (parameter) report("error", `extra.${toShownName(name)}`, "known_field", { parameter });
  }
}

/** Returns the name of a field without brackets: `mask[]` is `mask`. */
function rootOf(name: string): string {
  return name.replace(/\[.*/s, "");
}
