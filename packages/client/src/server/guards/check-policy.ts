import type { Problem } from "../../errors/errors.ts";
import type { ImageEditHandlerOptions } from "../handler-options.ts";
import { ProxyError } from "../proxy-error.ts";
import type { ProxiedEdit } from "../request/parse-fields.ts";

/** Throws if this server does not allow an edit; its limits are narrower than the model's. Pure. */
export function enforcePolicy(
  { params, model }: ProxiedEdit,
  { allow = {}, limits = {}, force = {} }: Pick<ImageEditHandlerOptions, "allow" | "limits" | "force">,
): void {
  const { maxN, maxImages, maxPromptLength } = limits;
  // A field that the server forces is allowed, whatever the list says.
  if (
    allow.models &&
    force["model"] === undefined &&
    (model === undefined || !allow.models.includes(model))
  ) {
    throw notAllowed(
      "model",
      model === undefined ? "is missing" : "is not one that this server allows",
      allow.models,
    );
  }
  const size = params["size"] === undefined || params["size"] === "" ? "auto" : String(params["size"]);
  if (allow.sizes && force["size"] === undefined && !allow.sizes.includes(size)) {
    throw notAllowed("size", "is not one that this server allows", allow.sizes);
  }
  const n = params["n"];
  // Preflight reports a value that is not a number.
  if (maxN !== undefined && typeof n === "number" && n > maxN)
    throw tooMuch("n", `is ${n}`, `at most ${maxN}`);
  const images = Array.isArray(params["image"]) ? params["image"].length : 0;
  if (maxImages !== undefined && images > maxImages)
    throw tooMuch("image", `has ${images} images`, `at most ${maxImages}`);
  const length = [...String(params["prompt"] ?? "")].length;
  if (maxPromptLength !== undefined && length > maxPromptLength) {
    throw tooMuch("prompt", `is ${length} characters long`, `at most ${maxPromptLength}`);
  }
}

/** Returns the error that reports every error among the problems; there must be one. */
export function preflightError(problems: readonly Problem[]): ProxyError {
  const errors = problems.filter((problem) => problem.severity === "error");
  const [first] = errors as [Problem, ...Problem[]];
  return new ProxyError(400, first.code, errors.map((problem) => problem.message).join("\n"), {
    param: first.field,
  });
}

function notAllowed(param: string, seen: string, allowed: readonly string[]): ProxyError {
  const names = allowed.map((name) => `\`${name}\``).join(", ");
  const hint = names === "" ? "It allows none." : `Give one of ${names}.`;
  return new ProxyError(400, "not_allowed", `\`${param}\` ${seen}. ${hint}`, { param });
}

function tooMuch(param: string, seen: string, limit: string): ProxyError {
  return new ProxyError(400, "over_limit", `\`${param}\` ${seen}, but this server allows ${limit}.`, {
    param,
  });
}
