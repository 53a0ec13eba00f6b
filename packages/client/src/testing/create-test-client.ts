import { resolveSettings } from "../config/resolve-settings.ts";
import { createClient } from "../create-image-client.ts";
import { ConfigurationError } from "../errors/errors.ts";
import type { ImageClient } from "../image-client.ts";
import type { ImageClientOptions } from "../options.ts";
import { playSteps } from "./script-transport.ts";
import { readTestRequest, type TestRequest } from "./test-request.ts";
import type { TestStep } from "./test-step.ts";

/** Configures a test client: its script, and what a client of any kind can set. */
export interface TestClientOptions extends Omit<ImageClientOptions, "fetch"> {
  /**
   * What happens in each request, one script after the other; retries count as requests. Without scripts, every
   * request gives a tiny PNG.
   */
  readonly calls?: readonly (readonly TestStep[])[] | undefined;
}

/** An image client that reaches no network, and what it would have sent. */
export interface TestClient extends ImageClient {
  /** Every request so far. A refusal of preflight makes none. */
  readonly requests: readonly TestRequest[];
}

/**
 * Creates the real client, preflight and errors included, on a transport that plays a script instead of sending. It
 * has no timers of its own, and does not retry unless `maxRetries` is given.
 *
 * @throws ConfigurationError (`not-sent`) from a call that the script does not have
 * @example
 * const client = createTestClient({ calls: [[{ type: "failure", outcome: "unknown" }], [{ type: "result", images: 2 }]] });
 * await expect(client.edit({ image: tinyPng(), prompt: "A red hat" })).rejects.toMatchObject({ outcome: "unknown" });
 * expect(client.requests[0].fields.prompt).toBe("A red hat");
 */
export function createTestClient({ calls, ...options }: TestClientOptions = {}): TestClient {
  const requests: TestRequest[] = [];
  const client = createClient(
    {
      async transport(request) {
        const index = requests.length;
        const script = calls ? calls[index] : [];
        const seen = await readTestRequest(request);
        requests.push(seen);
        request.signal.throwIfAborted();
        if (!script) {
          throw new ConfigurationError(
            `The script of the test client ended: it has ${calls?.length} calls, and this is request ${index + 1}. Add to \`calls\`.`,
          );
        }
        return playSteps(request, script, seen.fields["stream"] === "true");
      },
    },
    resolveSettings({ apiKey: "test-key", dangerouslyAllowBrowser: true, maxRetries: 0, ...options }, {}),
  );
  return { ...client, requests };
}
