import { expect } from "vitest";
import { hostile } from "./behaviors.ts";
import { type Ended, key } from "./callers.ts";
import type { HostileServer } from "./server-thread.ts";

/** More than any caller reads of a body: `maxAnswerBytes`, and what the system buffers of a connection. */
const maxReadBytes = 40_000_000;

/**
 * Expects of an edit by one caller: one POST, a typed error, bounded reading, and neither a key nor a control character
 * in anything shown. That it ends at all is by its deadline.
 */
export async function expectSafe(
  server: HostileServer,
  behavior: string,
  caller: string,
  run: (baseUrl: string) => Promise<Ended>,
  maxSentBytes = maxReadBytes,
): Promise<void> {
  const { images, error, shown } = await run(server.urlOf(behavior, caller));
  const { posts, sentBytes } = await server.trafficOf(behavior, caller);
  const seen = { caller, images: images.length, outcome: error?.outcome };
  const outcome = hostile[behavior]?.isIncomplete ? /./ : /^(?:unknown|rejected)$/;
  expect(seen, shown).toEqual({ caller, images: 0, outcome: expect.stringMatching(outcome) });
  if (!hostile[behavior]?.isIncomplete) expect([caller, posts]).toEqual([caller, 1]);
  expect(sentBytes, caller).toBeLessThan(maxSentBytes);
  expectClean(shown, caller);
  expect(({} as { polluted?: unknown }).polluted, caller).toBeUndefined();
}

/** Expects that a text has no key, however it is written, and nothing that moves a cursor or hides text. */
export function expectClean(shown: string, caller: string): void {
  const letters = (text: string): string => text.replace(/[^a-z\d]/gi, "");
  for (const text of [shown, decodeURIComponent(shown.replace(/%(?![\da-f]{2})/gi, "%25"))]) {
    expect(letters(text), caller).not.toContain(letters(key).slice(2, 18));
    expect(
      text.match(/\p{Cc}|\p{Bidi_Control}/gu)?.filter((one) => one !== "\n" && one !== "\t") ?? [],
      caller,
    ).toEqual([]);
  }
}
