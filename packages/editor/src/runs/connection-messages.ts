import type { LostServer } from "./use-lost-server.ts";

/** Why nothing is known of an edit that runs. */
export type Disconnection = LostServer | "offline";

/** What was seen of the server of this page, and what to do. */
export const lostServerText: Readonly<Record<LostServer, string>> = {
  stopped:
    "The server of this page cannot be reached. Start `retouch-editor` again, and open the link that it prints.",
  silent:
    "The server of this page does not respond: it may be suspended, or busy. This page keeps asking. If it goes on, end `retouch-editor`, start it again, and open the link that it prints.",
  restarted: "The server of this page was started again. Open the link that it printed.",
};

/** Returns what is said of an edit that was sent, instead of that the model is at work. */
export function sentEditText(why: Disconnection, isMock: boolean): string {
  if (isMock) return "Its progress is not known. Nothing is billed by the mock.";
  return why === "offline"
    ? "You are offline, so its progress is not known. This edit was sent, and may have been billed. Its image is shown here if it arrives."
    : "Its progress is not known. This edit was sent, and may have been billed. If the server has received its image, that is stored and shown after the restart. It is not sent again.";
}
