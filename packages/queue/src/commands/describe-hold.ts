import { sanitizeText } from "@retouch/cli/journal";
import type { Hold } from "../ledger/holds.ts";

/** Says why nothing is sent, from when until when, and what to do. */
export function describeHold({ reason, since, until, worker, server }: Hold): string {
  const at = since === undefined ? "" : ` at ${since}`;
  if (reason === "paused") return `The queue was paused${at}. Continue with \`retouch-queue resume\`.`;
  const what = `${worker ?? "A worker"} got 429 from ${server ?? "the server"}${at}`;
  return sanitizeText(
    `Held: ${what}, so no worker sends until ${until}. Wait, or lift the hold with \`retouch-queue resume --lift-hold\`.`,
  );
}

/** What `--json` prints of a hold. */
export function toHoldDocument(hold: Hold): Hold & { readonly message: string } {
  return { ...hold, message: describeHold(hold) };
}
