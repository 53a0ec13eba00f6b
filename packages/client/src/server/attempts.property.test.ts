import fc from "fast-check";
import { expect, it } from "vitest";
import { sampleImage } from "../fixtures/images.ts";
import { createImageEditHandler } from "./create-image-edit-handler.ts";

const image = new Blob([sampleImage()], { type: "image/png" });

/** What upstream does with a form that it has. Only the refusals certainly made no image. */
const answers = {
  image: () => Response.json({ data: [{ b64_json: "aW1hZ2U=" }] }),
  refused: () => Response.json({ error: { message: "no" } }, { status: 429 }),
  broken: () => new Response("later", { status: 502 }),
  cut: () => {
    throw new TypeError("terminated");
  },
};

/** One form that upstream has. */
interface Forwarded {
  readonly id: string;
  /** Which of the proxies forwarded it: each has a memory of its own. */
  readonly proxy: number;
  isOpen: boolean;
  isRefused: boolean;
  respond(how: keyof typeof answers): void;
}

/** A page's request for one attempt. */
interface Sent {
  readonly id: string;
  readonly leave: () => void;
  readonly response: Promise<Response>;
}

const action = fc.record({
  do: fc.constantFrom("edit", "edit", "resend", "resend", "reload", "respond", "respond", "restart"),
  at: fc.nat(5),
  how: fc.constantFrom(...(Object.keys(answers) as (keyof typeof answers)[])),
});

// A reload closes the connection, and a browser may send the form again with the same id: also while it is in flight.
it("forwards an attempt again only if it was refused, whatever pages, browsers and upstream do", async () => {
  const total = { forwarded: 0, resent: 0, rejected: 0, reloaded: 0, restarted: 0 };
  await fc.assert(
    fc.asyncProperty(fc.array(action, { maxLength: 25 }), async (actions) => {
      const forwarded: Forwarded[] = [];
      const sent: Sent[] = [];
      let proxy = 0;
      let onForward = (): void => undefined;
      const createProxy = () => {
        const number = proxy;
        return createImageEditHandler({
          apiKey: "sk-test-key-0123",
          baseUrl: "https://upstream.test",
          authorize: "public",
          fetch: (_url, init) =>
            new Promise((resolve, reject) => {
              const { signal, headers } = init as RequestInit & { readonly signal: AbortSignal };
              const form: Forwarded = {
                id: String(new Headers(headers).get("idempotency-key")),
                proxy: number,
                isOpen: true,
                isRefused: false,
                respond(how) {
                  form.isOpen = false;
                  form.isRefused = how === "refused";
                  try {
                    resolve(answers[how]());
                  } catch (error) {
                    reject(error);
                  }
                },
              };
              signal.addEventListener("abort", () => {
                form.isOpen = false;
                reject(signal.reason);
              });
              forwarded.push(form);
              onForward();
            }),
        });
      };
      let handler = createProxy();

      /** Sends an attempt, and waits until upstream has it or the proxy responds. */
      async function post(id: string): Promise<boolean> {
        const body = new FormData();
        body.append("model", "gpt-image-1");
        body.append("prompt", "a red hat");
        body.append("image", image, "image.png");
        const controller = new AbortController();
        const reached = new Promise<true>((resolve) => {
          onForward = () => resolve(true);
        });
        const response = handler(
          new Request("https://app.test/api/image-edit", {
            method: "POST",
            body,
            signal: controller.signal,
            // Upstream sees the id of the attempt by this one.
            headers: { "x-retouch-attempt": id, "idempotency-key": id },
          }),
        );
        sent.push({ id, response, leave: () => controller.abort() });
        return Promise.race([reached, response.then(() => false as const)]);
      }

      for (const { do: name, at, how } of actions) {
        const one = sent[at % Math.max(1, sent.length)];
        if (name === "edit") expect(await post(`attempt-${sent.length}`)).toBe(true);
        else if (name === "restart") {
          proxy += 1;
          total.restarted += 1;
          handler = createProxy();
        } else if (name === "respond") {
          const open = forwarded.filter(({ isOpen }) => isOpen);
          const form = open[at % Math.max(1, open.length)];
          form?.respond(how);
          if (form !== undefined)
            await Promise.race(sent.filter(({ id }) => id === form.id).map((each) => each.response));
        } else if (one !== undefined) {
          if (name === "reload") {
            one.leave();
            total.reloaded += 1;
          }
          const mayBeBilled = forwarded.some(
            (form) => form.id === one.id && form.proxy === proxy && !form.isRefused,
          );
          total.resent += 1;
          expect(await post(one.id), `${name} of ${one.id}`).toBe(!mayBeBilled);
          if (!mayBeBilled) continue;
          const response = await sent.at(-1)?.response;
          total.rejected += 1;
          expect(response?.status).toBe(409);
          expect(await response?.clone().json()).toMatchObject({ error: { code: "duplicate_attempt" } });
        }
      }
      // Of those that one proxy forwarded, at most one may be billed.
      for (const { id, proxy: by } of forwarded)
        expect(
          forwarded.filter((form) => form.id === id && form.proxy === by && !form.isRefused).length,
        ).toBeLessThanOrEqual(1);
      total.forwarded += forwarded.length;
      for (const form of forwarded) if (form.isOpen) form.respond("refused");
      for (const { response } of sent) await (await response).body?.cancel();
    }),
    { numRuns: 60 },
  );
  for (const [what, count] of Object.entries(total)) expect(count, what).toBeGreaterThan(10);
});
