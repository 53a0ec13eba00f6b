import {
  isHttpError,
  isInvalidInputError,
  isInvalidResponseError,
  isTimeoutError,
  type Outcome,
} from "@retouch/client";
import { type OutcomeText, textByCode } from "./text-by-code.ts";

/** Message about an edit that returned no image. */
export interface OutcomeMessage {
  readonly title: string;
  /** What was seen, and what to do. */
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

const isHere = "Your image and your mask are still here.";

/** Returns the message about a failed edit. */
export function failureMessage(error: Error, outcome: Outcome, isOnline: boolean): OutcomeMessage {
  return { ...errorText(error, outcome, isOnline), billing: billing[outcome], retry: retry[outcome] };
}

/** Returns the message about a canceled edit. */
export function cancelMessage(outcome: Outcome, error?: Error): OutcomeMessage {
  const wasLeftOut = codeOf(error) === "previous_failed";
  return {
    title: wasLeftOut ? "Not sent" : "Canceled",
    text: wasLeftOut
      ? "The edit before it failed, and this one would have edited its result. Send it again to edit the current version."
      : outcome === "not-sent"
        ? "The edit was canceled before it was sent."
        : "This page no longer waits for it, and has asked your server to stop its request to the image server.",
    billing: billing[outcome],
    retry: outcome === "unknown" ? "Send it again (may be billed twice)" : "Send it again",
  };
}

function errorText(error: Error, outcome: Outcome, isOnline: boolean): OutcomeText {
  if (isInvalidInputError(error)) return { title: "Fix these problems first", text: error.message };
  if (isHttpError(error)) {
    return outcome === "unknown" && isRefusedQuestion(error.status)
      ? isSignedOut
      : httpErrorText(error.status, codeOf(error), error.serverMessage);
  }
  if (isTimeoutError(error)) {
    return {
      title: "It took too long",
      text: "There was no response within the time limit of this page. A smaller size or a lower quality is faster.",
    };
  }
  if (isInvalidResponseError(error)) {
    return {
      title: "The response could not be used",
      text: "The server responded, but without an image that this page can read. If it happens again, choose another model.",
    };
  }
  if (codeOf(error) === "page_left") {
    return {
      title: "The page was closed during this edit",
      text: "Its response could not be collected. Look at the usage page of the provider before you send it again.",
    };
  }
  if (!isOnline) {
    return {
      title: "The connection was lost",
      text: `You are offline. ${isHere} Continue when you are online again.`,
    };
  }
  if (outcome === "not-sent") {
    return {
      title: "The server could not be reached",
      text: `${isHere} Check that the server of this page is still running.`,
    };
  }
  return { title: "The connection broke", text: `It ended before an image arrived. ${isHere}` };
}

/** Returns whether the server of the page refused to say how an edit ended: the image server's refusals are `rejected`. */
function isRefusedQuestion(status: number): boolean {
  return status === 401 || status === 403;
}

const isSignedOut: OutcomeText = {
  title: "This page is not signed in to its server any more",
  text: "The server was started again after this edit was sent. Open the link that it printed, then try again here: that first looks for the image, and sends the edit again only if there is none.",
};

function httpErrorText(
  status: number,
  code: string | undefined,
  serverMessage: string | undefined,
): OutcomeText {
  const said = quote(serverMessage);
  const known = textByCode[code as keyof typeof textByCode];
  if (known !== undefined) return known;
  if (status === 401 || status === 403) {
    return {
      title: "This page is not signed in to its server",
      text: "Open the link that the server printed when it was started.",
    };
  }
  if (status === 413) {
    return {
      title: "The images are too large for the server",
      text: sentence(said, "Mark a smaller area, remove a reference, or choose a smaller image."),
    };
  }
  if (code === "moderation_blocked" || /moderation|safety/i.test(code ?? "")) {
    return {
      title: "The safety system refused this edit",
      text: sentence(said, "Change the prompt or the image. The same edit would be refused again."),
    };
  }
  if (code === "insufficient_quota") {
    return {
      title: "The account has no credit left",
      text: sentence(said, "Add credit at the provider. Waiting does not help."),
    };
  }
  if (status === 429) {
    return {
      title: "Too many edits",
      text: sentence(said, "The server asks you to slow down: wait a minute."),
    };
  }
  if (status === 524 || status === 504) {
    return {
      title: "The gateway gave up waiting",
      text: "A gateway before the image server waits at most about 100 seconds. The edit itself may have continued. A smaller size or a lower quality is faster.",
    };
  }
  if (status >= 500) {
    return {
      title: "The image server had a problem",
      text: sentence(said, `It responded with status ${status}. Nothing is wrong with your edit.`),
    };
  }
  if (status === 404) {
    return {
      title: "The server does not know this model",
      text: sentence(said, "Choose another model under Model and options."),
    };
  }
  return {
    title: "The server refused this edit",
    text: sentence(said, "Change what it says, and send it again."),
  };
}

function sentence(said: string | undefined, advice: string): string {
  return said === undefined ? advice : `${said} ${advice}`;
}

/** Returns the stable code of an error. Those of a browser have a number instead. */
export function codeOf(error: Error | undefined): string | undefined {
  const { code } = (error ?? {}) as { readonly code?: unknown };
  return typeof code === "string" ? code : undefined;
}

/**
 * Returns the message of the image server only, which the proxy quotes. That there was none is not worth a sentence.
 * Billing is reported separately.
 */
function quote(serverMessage: string | undefined): string | undefined {
  const [found, quoted] = serverMessage?.match(/answered \d+(?:: "(.+)")?\./s) ?? [];
  if (found === undefined) return serverMessage;
  return quoted === undefined ? undefined : `“${quoted}.”`;
}
