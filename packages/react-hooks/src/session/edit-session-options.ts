import { ConfigurationError } from "@retouch/client/browser";
import type { CompositeOptions } from "../composite/composite-options.ts";
import type { PrepareOptions } from "../prepare/prepare-image.ts";
import type { SessionStorage } from "../storage/session-storage.ts";
import type { EditTransport } from "../transport/edit-transport.ts";
import type { EditCallbacks } from "./edit-callbacks.ts";
import type { Messages } from "./messages.ts";

/** Options of a session. All of them except `historyLimit` may change while it lives. */
export interface EditSessionOptions extends EditCallbacks {
  /** Sends the edits: `proxyTransport("/api/image-edit")` in a page. */
  readonly transport: EditTransport;
  /**
   * What a second edit does while another is in progress. `drop`, the default, ignores it: a double click sends one
   * request. `replace` aborts the first, which may be billed anyway, unless its response has arrived. `queue` waits.
   */
  readonly concurrency?: "drop" | "replace" | "queue" | undefined;
  /** What unmounting does to an edit in progress: `abort` it (the default), or `keep` it until `onFinish`. */
  readonly onUnmount?: "abort" | "keep" | undefined;
  /** How many images are kept for undo, 30 by default. Read once. */
  readonly historyLimit?: number | undefined;
  /** Shrinks images before they are sent. Without it they are sent byte for byte. */
  readonly prepare?: PrepareOptions | undefined;
  /** Keeps images, prompts and queue over a reload: `indexedDbStorage("id")`. Read once. */
  readonly storage?: SessionStorage | undefined;
  /**
   * Your own sentences, by code: for another language, or another tone. Each is a text, or a function of what the code is
   * about. A code without one keeps its sentence.
   */
  readonly messages?: Messages | undefined;
  /**
   * Edits inside a mask at full resolution: only the surroundings of the mask are sent, in a size that the model can make,
   * and the result is put back into the original with a soft edge. Every pixel outside the mask stays exact. Edits without
   * a mask are sent as usual. `true` stands for the defaults.
   */
  readonly composite?: CompositeOptions | true | undefined;
}

const optionNames: Readonly<Record<keyof EditSessionOptions, 1>> = {
  transport: 1,
  concurrency: 1,
  onUnmount: 1,
  historyLimit: 1,
  prepare: 1,
  composite: 1,
  onPartial: 1,
  onFinish: 1,
  onError: 1,
  onCancel: 1,
  onSettled: 1,
  messages: 1,
  storage: 1,
};

/**
 * Rejects an option that does not exist: with a mistyped `concurrency`, a double click could be billed twice.
 *
 * @throws ConfigurationError (`not-sent`)
 */
export function checkSessionOptions(options: EditSessionOptions): void {
  for (const [name, value] of Object.entries(options)) {
    if (value === undefined || name in optionNames) continue;
    const names = Object.keys(optionNames);
    const near = names.find((known) => known.toLowerCase() === name.toLowerCase());
    const hint = near ? `Did you mean \`${near}\`?` : `Give one of ${names.join(", ")}.`;
    throw new ConfigurationError(`\`${name}\` is not an option of a session. ${hint}`);
  }
}
