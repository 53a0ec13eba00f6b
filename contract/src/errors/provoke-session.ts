import { NetworkError } from "@retouch/client";
import { EditSession, type EditTransport } from "@retouch/react-hooks";
import { observe, type Provocation, params, png } from "./observe.ts";

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

/** Provocations of what only an edit session reports. */
export const session: Readonly<Record<string, Provocation>> = {
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
