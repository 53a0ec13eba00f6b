import {
  type EditSession,
  type EditSessionOptions,
  indexedDbStorage,
  proxyTransport,
  useImageEdit,
} from "@retouch/react-hooks";
import { Activity, StrictMode, useEffect } from "react";
import { flushSync } from "react-dom";
import { createRoot } from "react-dom/client";

/** Controls of a test over the hook in a real page. */
interface Lab {
  /** Shows the component, hides it in an `<Activity>`, or unmounts it. */
  show(
    mode: "visible" | "hidden" | "unmounted",
    options?: Partial<EditSessionOptions> & { readonly stored?: string },
  ): void;
  session(): EditSession;
  /** Every upload fraction, in order. */
  readonly fractions: number[];
  /** Returns how many object URLs of the page are not revoked. */
  liveUrls(): number;
  readonly finished: string[];
}

declare global {
  interface Window {
    lab: Lab;
  }
}

const alive = new Set<string>();
const create = URL.createObjectURL.bind(URL);
const revoke = URL.revokeObjectURL.bind(URL);
URL.createObjectURL = (blob) => {
  const url = create(blob);
  alive.add(url);
  return url;
};
URL.revokeObjectURL = (url) => {
  alive.delete(url);
  revoke(url);
};

const transport = proxyTransport("/api/image-edit");
const seen: { session?: EditSession } = {};
const fractions: number[] = [];
const finished: string[] = [];
const root = createRoot(document.getElementById("root") as HTMLElement); // lab.html has it

function Editor({ options }: { options: Partial<EditSessionOptions> & { readonly stored?: string } }) {
  const { stored, ...others } = options;
  const edit = useImageEdit({
    transport,
    ...others,
    storage: stored === undefined ? undefined : indexedDbStorage(stored),
    onFinish: (step) => finished.push(String(step.params?.["prompt"])),
  });
  const { session, status, current } = edit;
  useEffect(() => {
    seen.session = session;
    return session.subscribe(() => {
      const { progress } = session.getSnapshot();
      if (progress !== undefined) fractions.push(progress.fraction);
    });
  }, [session]);
  return (
    <>
      <output>{status}</output>
      <p>{String(current?.params?.["prompt"] ?? "")}</p>
    </>
  );
}

window.lab = {
  fractions,
  finished,
  liveUrls: () => alive.size,
  session: () => {
    if (seen.session === undefined) throw new Error("Nothing is rendered.");
    return seen.session;
  },
  show: (mode, options = {}) =>
    flushSync(() =>
      root.render(
        <StrictMode>
          {mode !== "unmounted" && (
            <Activity mode={mode}>
              <Editor options={options} />
            </Activity>
          )}
        </StrictMode>,
      ),
    ),
};
