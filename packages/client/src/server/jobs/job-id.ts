/** Ends the id of the record that asks another process to cancel a job. */
export const cancelSuffix = "-cancel";

/** Ids of jobs and of attempts, but not of cancellations. */
export function isReference(text: string): boolean {
  return /^[\w-]{16,64}$/.test(text) && !text.endsWith(cancelSuffix);
}

/** Returns the id of the job of an attempt: unguessable without both. */
export function jobId(owner: string, attempt: string): Promise<string> {
  return hash(JSON.stringify([owner, attempt]));
}

export async function hash(text: string): Promise<string> {
  return base64Url(new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text))));
}

export function randomId(): string {
  return base64Url(crypto.getRandomValues(new Uint8Array(32)));
}

function base64Url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replace(/=+$/, "");
}
