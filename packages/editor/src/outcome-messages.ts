import {
  isHttpError,
  isInvalidInputError,
  isInvalidResponseError,
  isTimeoutError,
  type Outcome,
} from "@retouch/client";

/** Message about an edit that returned no image. */
export interface OutcomeMessage {
  readonly title: string;
  readonly text: string;
  /** What may have been billed. */
  readonly billing: string;
  /** Label of the retry button. */
  readonly retry: string;
}

const billing: Readonly<Record<Outcome, string>> = {
  "not-sent": "Nothing was sent, so nothing was billed.",
  rejected: "The server refused the edit. Nothing was billed.",
  unknown: "It may have been billed: the server may have finished the image.",
};

const retry: Readonly<Record<Outcome, string>> = {
  "not-sent": "Try again",
  rejected: "Try again",
  unknown: "Try again (may be billed twice)",
};

/** Returns the message about a failed edit. */
export function failureMessage(error: Error, outcome: Outcome, isOnline: boolean): OutcomeMessage {
  return { ...errorText(error, outcome, isOnline), billing: billing[outcome], retry: retry[outcome] };
}

/** Returns the message about a canceled edit. */
export function cancelMessage(outcome: Outcome): OutcomeMessage {
  return {
    title: "Canceled",
    text:
      outcome === "not-sent"
        ? "The edit was canceled before it was sent."
        : "The connection was closed, and your server aborted its request to the image server.",
    billing: billing[outcome],
    retry: "Send it again",
  };
}

function errorText(error: Error, outcome: Outcome, isOnline: boolean): { title: string; text: string } {
  if (isInvalidInputError(error)) return { title: "Fix these problems first", text: error.message };
  if (isHttpError(error)) return httpErrorText(error.status, error.serverMessage);
  if (isTimeoutError(error))
    return { title: "It took too long", text: "There was no response within the time limit of this page." };
  if (isInvalidResponseError(error)) {
    return {
      title: "The response could not be used",
      text: "The server responded, but without an image that this page can read.",
    };
  }
  if (!isOnline) {
    return {
      title: "The connection was lost",
      text: "You are offline. Your image and your mask are still here: continue when you are online again.",
    };
  }
  if (outcome === "not-sent")
    return { title: "The server could not be reached", text: "Your image and your mask are still here." };
  return {
    title: "The connection broke",
    text: "It ended before an image arrived. Your image and your mask are still here.",
  };
}

function httpErrorText(status: number, serverMessage: string | undefined): { title: string; text: string } {
  const quoted = quote(serverMessage);
  if (status === 524 || status === 504) {
    return {
      title: "The gateway gave up waiting",
      text: "A gateway before the image server waits at most about 100 seconds. The edit itself may have continued.",
    };
  }
  if (status === 429) return { title: "Too many edits", text: quoted ?? "The server asks you to slow down." };
  if (status >= 500)
    return { title: "The image server had a problem", text: quoted ?? `It responded with status ${status}.` };
  return { title: "The server refused this edit", text: quoted ?? `It responded with status ${status}.` };
}

/** Returns the message of the image server only, which the proxy quotes. Billing is reported separately. */
function quote(serverMessage: string | undefined): string | undefined {
  const quoted = serverMessage?.match(/answered \d+: "(.+)"\./)?.[1];
  return quoted === undefined ? serverMessage : `“${quoted}”`;
}
