import { NetworkError } from "@retouch/client";
import { EditSession, type EditTransport } from "@retouch/react-hooks";
import { type Observation, observe, type Provocation, params, png } from "./observe.ts";

/** A transport whose result is an image that the page may not read from its server. */
const unreadable = {
  check: async () => ({ ok: true, problems: [] }),
  run: async () => ({
    images: [
      {
        url: "https://cdn.example/a.png",
        blob: () => Promise.reject(new NetworkError("A test.", { outcome: "unknown" })),
      },
    ],
    warnings: [],
  }),
} as unknown as EditTransport;

/** A transport that never ends. `sends` says whether the edit is on its way. */
const endless = (sends: boolean, started: () => void = () => undefined): EditTransport => ({
  reportsSend: true,
  check: async () => ({ ok: true, problems: [] }),
  run: (_, { onSend }) => {
    if (sends) onSend?.();
    started();
    return new Promise(() => undefined);
  },
});

/** Ends edits on their way, and edits before that. Of several runs, the one at `index` reports. */
function ended(
  end: (session: EditSession) => unknown,
  concurrency: "replace" | "queue" | "drop" = "drop",
  index = 0,
): Provocation {
  return async () => {
    const seen: Observation[] = [];
    for (const sends of [true, false]) {
      let start: () => void = () => undefined;
      const started = new Promise<void>((resolve) => {
        start = resolve;
      });
      const edits = new EditSession({
        transport: endless(sends, start),
        concurrency,
        onSettled: ({ id, error, outcome }) => {
          if (id === `run-${index + 1}`)
            seen.push({
              code: String((error as { code?: unknown }).code),
              outcome: outcome ?? "none",
              message: (error as Error).message,
            });
        },
      });
      void edits.edit(params);
      await started;
      await end(edits);
      edits.dispose();
    }
    return seen;
  };
}

/** Provocations of what only an edit session reports. */
export const session: Readonly<Record<string, Provocation>> = {
  canceled: ended((edits) => edits.cancel()),
  replaced: ended((edits) => void edits.edit(params), "replace"),
  session_cleared: ended((edits) => edits.clear()),
  session_disposed: ended((edits) => edits.dispose()),
  dropped: async () => {
    const edits = new EditSession({ transport: endless(false) });
    void edits.edit(params);
    const { code, message } = await edits.editOrThrow(params).catch((error) => error);
    return [{ code, outcome: "not-sent", message }];
  },
  previous_failed: async () => {
    const run = () => Promise.reject(new NetworkError("A test.", { outcome: "unknown" }));
    const edits = new EditSession({ transport: { ...endless(true), run }, concurrency: "queue" });
    void edits.edit(params);
    const { image: _, ...others } = params;
    await edits.edit(others);
    const { error, outcome } = edits.getSnapshot().runs[1] ?? {};
    const { code, message } = error as unknown as { code?: unknown; message: string };
    return [{ code: String(code), outcome: outcome ?? "none", message }];
  },
  // A warning of the first edit's image, and a problem of the next edit, which would send that image.
  cross_origin_image: async () => {
    const { image, ...others } = params;
    const edits = new EditSession({ transport: unreadable });
    const first = await observe("cross_origin_image", () =>
      edits.edit({ ...others, image: new Blob([new Uint8Array(png)]) }),
    );
    await edits.edit(others);
    const { problems, outcome } = edits.getSnapshot();
    return [first, { code: problems[0]?.code ?? "none", outcome: outcome ?? "none" }];
  },
  // Node decodes no images, so a billed result stays as it is.
  composite_failed: async () => {
    const { image, mask, ...others } = { mask: png, ...params };
    const blob = new Blob([new Uint8Array(png)]);
    const transport = {
      ...unreadable,
      run: async () => ({ images: [{ blob: async () => blob }], warnings: [] }),
    } as unknown as EditTransport;
    const edits = new EditSession({ transport, composite: { crop: false } });
    return [await observe("composite_failed", () => edits.edit({ ...others, image: blob, mask: blob }))];
  },
};
