import { minSecretLength } from "../errors/min-secret-length.ts";
import type { Secret } from "../errors/sanitize-text.ts";
import type { EditOptions, ImageClientOptions } from "../options.ts";

/** Lists what servers must not quote back into an error. A word of a prompt tells nothing; a quarter of a key does. */
export function collectSecrets(
  key: string | undefined,
  params: Readonly<Record<string, unknown>>,
  root: string,
  options: ImageClientOptions,
  call: EditOptions,
): Secret[] {
  const secrets: Secret[] =
    key === undefined ? [] : [{ text: key, minMatch: minSecretLength, isToken: true }];
  // Some gateways put a tenant, or a token, into the path.
  for (const text of new URL(root).pathname.split("/")) {
    if (isNoWord(text)) secrets.push({ text, minMatch: 12 });
  }
  for (const text of [params["prompt"], params["user"], ...Object.values(params["extra"] ?? {})]) {
    if (typeof text === "string") secrets.push({ text, minMatch: 24 });
  }
  for (const texts of [options.headers, options.query, call.headers]) {
    for (const [name, text] of Object.entries(texts ?? {})) {
      const isToken = /key|auth|token|secret|cookie/i.test(name);
      if (isToken || isNoWord(text)) secrets.push({ text, minMatch: 12, isToken });
    }
  }
  return secrets;
}

// A plain word such as `beta` or `server-error` is no secret, and servers use it as a code.
function isNoWord(text: string): boolean {
  return /[^a-z-]/.test(text);
}
