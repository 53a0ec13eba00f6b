import { resolveSettings } from "../config/resolve-settings.ts";
import { createClient } from "../create-image-client.ts";
import { ConfigurationError } from "../errors/errors.ts";
import type { ImageClient } from "../image-client.ts";
import type { ImageClientOptions } from "../options.ts";
import { playSteps } from "./script-transport.ts";
import { readTestRequest, type TestRequest } from "./test-request.ts";
import type { TestStep } from "./test-step.ts";

/** Options of a test client: its script, and the options of any client. */
export interface TestClientOptions extends Omit<ImageClientOptions, "fetch"> {
  /**
   * The scripts of the requests, in order; retries count as requests. Without scripts, every request returns a tiny
   * PNG.
   */
  readonly calls?: readonly (readonly TestStep[])[] | undefined;
}

/** An image client without network access that records its requests. */
export interface TestClient extends ImageClient {
  /** Every request so far. An edit that preflight rejects sends none. */
  readonly requests: readonly TestRequest[];
}

/**
 * Creates the real client, including preflight and errors, with a transport that plays a script instead of sending.
 * It has no timers of its own and does not retry unless `maxRetries` is given.
 *
 * @throws ConfigurationError (`not-sent`) from a call for which there is no script
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
        const received = await readTestRequest(request);
        requests.push(received);
        request.signal.throwIfAborted();
        if (!script) {
          throw new ConfigurationError(
            `The script of the test client ended: it has ${calls?.length} calls, and this is request ${index + 1}. Add to \`calls\`.`,
          );
        }
        return playSteps(request, script, received.fields["stream"] === "true");
      },
    },
    resolveSettings({ apiKey: "test-key", dangerouslyAllowBrowser: true, maxRetries: 0, ...options }, {}),
  );
  return { ...client, requests };
}
