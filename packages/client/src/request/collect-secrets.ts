import { minSecretLength } from "../errors/min-secret-length.ts";
import type { Secret } from "../errors/redactor.ts";
import type { EditOptions, ImageClientOptions } from "../options.ts";

/**
 * Returns the texts that a server's message must not repeat in an error. `minMatch` is how many characters in a row count
 * as a leak: fewer for a key than for a prompt, whose single words reveal nothing.
 */
export function collectSecrets(
  key: string | undefined,
  params: Readonly<Record<string, unknown>>,
  root: string,
  options: Pick<ImageClientOptions, "headers" | "query">,
  call: Pick<EditOptions, "headers">,
): Secret[] {
  const secrets: Secret[] =
    key === undefined ? [] : [{ text: key, minMatch: minSecretLength, isToken: true }];
  // Some gateways put a tenant, or a token, into the path. Not parsed as a URL, which took as long as the rest of this.
  for (const text of root
    .replace(/[?#].*/, "")
    .split("/")
    .slice(3)) {
    if (isSecretLike(text)) secrets.push({ text, minMatch: 12 });
  }
  const { prompt } = params;
  if (typeof prompt === "string") secrets.push({ text: prompt, minMatch: 24, isProse: true });
  for (const text of [params["user"], ...Object.values(params["extra"] ?? {})]) {
    if (typeof text === "string") secrets.push({ text, minMatch: 24 });
  }
  // URLs can be signed, and the id of a file is as good as its content.
  for (const input of [params["image"], params["mask"]].flat()) {
    const { url, fileId } = (input ?? {}) as { readonly url?: unknown; readonly fileId?: unknown };
    for (const text of [url, fileId]) if (typeof text === "string") secrets.push({ text, minMatch: 12 });
  }
  for (const texts of [options.headers, options.query, call.headers]) {
    for (const [name, text] of Object.entries(texts ?? {})) {
      const isToken = /key|auth|token|secret|cookie/i.test(name);
      if (isToken || isSecretLike(text)) secrets.push({ text, minMatch: 12, isToken });
    }
  }
  return secrets;
}

// A plain word such as `beta` or `server-error` is not a secret, and servers use such words as codes.
function isSecretLike(text: string): boolean {
  return /[^a-z-]/.test(text);
}
