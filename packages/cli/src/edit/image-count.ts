import { limitsOf } from "@retouch/client/node";
import { CliError, exitCodes } from "../errors/cli-error.ts";

/**
 * Returns the number of images that `n` asks for. The limit of the model is checked here, because names are planned for
 * every image before preflight sees the edit: 100,000,000 of them take 2 GB.
 *
 * @throws CliError, exit code 2, for a number that the model does not accept.
 */
export function imageCount(model: string | undefined, n: unknown): number {
  // Anything but a number is left to preflight, which names its type.
  if (typeof n !== "number") return 1;
  const rule = limitsOf(model).fields["n"]?.find(
    ({ severity, maximum }) => severity === "error" && maximum !== undefined,
  );
  const { minimum = 1, maximum = minimum } = rule ?? {};
  if (Number.isSafeInteger(n) && n >= minimum && n <= maximum) return n;
  const message = `\`n\` is ${n}. Give a whole number from ${minimum} to ${maximum}.`;
  throw Object.assign(new CliError(message, { exitCode: exitCodes.usage, code: "invalid_input" }), {
    problems: [{ field: "n", code: "out_of_range", message }],
  });
}
