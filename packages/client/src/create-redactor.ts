/** Text that must not come back in an error, and how much of it in a row already tells too much. */
export interface Secret {
  readonly text: string;
  readonly giveaway: number;
}

/** Takes what was sent out of what a server says: servers quote keys and prompts, whole or in part. */
export type Redact = (text: string) => string;

/** Creates a function that hides every run of `giveaway` characters, or a whole shorter secret, of any secret. */
export function createRedactor(secrets: readonly Secret[]): Redact {
  return (text) => {
    let seen = text;
    for (const secret of secrets) seen = hide(seen, secret);
    return seen;
  };
}

function hide(text: string, { text: secret, giveaway }: Secret): string {
  const width = Math.min(secret.length, giveaway);
  // Shorter ones are words of the language: `ok` can not be hidden without hiding half of the message.
  if (width < 6) return text;
  let shown = "";
  let hiddenUntil = 0;
  for (let at = 0; at < text.length; at++) {
    if (at + width <= text.length && secret.includes(text.slice(at, at + width))) {
      if (hiddenUntil <= at) shown += "[redacted]";
      hiddenUntil = at + width;
    }
    if (at >= hiddenUntil) shown += text[at];
  }
  return shown;
}
