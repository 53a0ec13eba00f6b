import type { RetouchCode } from "@retouch/client";

/** What was seen of an edit without an image, and what to do. What may have been billed is reported separately. */
export interface OutcomeText {
  readonly title: string;
  readonly text: string;
}

const isHere = "Your image and your mask are still here.";
const askProvider = "Look at the usage page of the provider before you send it again.";

/**
 * Texts of what happens between the page and the image server, by the code of the page's server. `server_stopping` is the
 * editor's own, the others are those of the image-edit proxy.
 */
export const textByCode: Readonly<Partial<Record<RetouchCode | "server_stopping", OutcomeText>>> = {
  // The proxy keeps what upstream says about its key to itself.
  upstream_rejected_key: {
    title: "The key was refused",
    text: "The image server rejected the key or the account of your server. Check the key and the address it belongs to, then start the server again.",
  },
  upstream_unreachable: {
    title: "The image server could not be reached",
    text: `There was no connection to it. ${isHere} Check the network of this machine, and the address of the image server.`,
  },
  upstream_failed: {
    title: "The connection to the image server broke",
    text: `It ended before an image arrived. ${isHere}`,
  },
  upstream_timeout: {
    title: "It took too long",
    text: "The image server did not respond within the time limit of your server, which `--timeout` sets. The edit itself may have continued. A smaller size or a lower quality is faster.",
  },
  upstream_redirected: {
    title: "The image server is at another address",
    text: "It redirected the edit, and your server does not follow that with your key. Start it again with the final address as `--base-url`.",
  },
  upstream_page: {
    title: "There is a web page instead of the image server",
    text: "Its address may be that of a sign-in page or of another program. Check `--base-url` and `--path`, then start your server again.",
  },
  too_slow: {
    title: "The upload took too long",
    text: "The images did not arrive at your server in time. Try again with fewer or smaller images.",
  },
  duplicate_attempt: {
    title: "The connection broke during this edit",
    text: `The browser sent it again by itself, and your server did not forward that. ${askProvider}`,
  },
  jobs_unavailable: {
    title: "The record of this edit cannot be stored or read",
    text: "The server of this page stores one before it sends an edit. Its disk may be full, or its state folder not writable: see what it printed, or set `RETOUCH_STATE_DIR` and start it again.",
  },
  job_not_found: {
    title: "The server of this page does not know this edit any more",
    text: `It keeps the images of edits for a week, and those of the mock only while it runs. ${askProvider}`,
  },
  job_interrupted: {
    title: "The server of this page stopped during this edit",
    text: `It ended before an image arrived. ${isHere} ${askProvider}`,
  },
  job_canceled: {
    title: "Canceled",
    text: "Another page has canceled this edit, and your server no longer waits for it.",
  },
  server_stopping: {
    title: "The server of this page is being stopped",
    text: "It takes no new edits. Start `retouch-editor` again, and open the link that it prints.",
  },
};
