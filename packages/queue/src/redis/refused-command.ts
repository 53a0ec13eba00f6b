import { CliError, exitCodes } from "@retouch/cli/journal";

/** What to do, by the first word of what Redis says. */
const hints: Readonly<Record<string, string>> = {
  WRONGTYPE: "Other data has the names of this queue. Give another one with `--queue`.",
  NOPERM: "Allow it to the user of the URL.",
  READONLY: "This is a replica. Give the URL of the primary.",
  OOM: "Its memory is full. Give it more, or remove runs that are over with `retouch-queue forget`.",
  MISCONF: "Redis cannot write to its disk. Free space there.",
};

/** Returns the error of a command that Redis refused, with what to do; any other one as it is. */
export function explainRefused(error: unknown): unknown {
  const { name, message } = (error ?? {}) as { readonly name?: unknown; readonly message?: unknown };
  if (name !== "ReplyError" || typeof message !== "string") return error;
  // Of a script, Redis says where it failed, too. No message has what was sent.
  const word = Object.keys(hints).find((known) => message.includes(known)) ?? "";
  const hint = hints[word] ?? "Check that it is Redis 6 or later, and that this queue may use its scripts.";
  return new CliError(`Redis refused a command: ${message.replace(/\.?$/, ".")} ${hint}`, {
    exitCode: word === "WRONGTYPE" ? exitCodes.usage : exitCodes.network,
    code: "redis_refused",
  });
}
