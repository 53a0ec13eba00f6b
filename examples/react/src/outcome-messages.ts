import {
  isHttpError,
  isInvalidInputError,
  isInvalidResponseError,
  isTimeoutError,
  type Outcome,
} from "@retouch/client";

/** Is what the page says about an edit that gave no picture. */
export interface OutcomeWords {
  readonly title: string;
  readonly text: string;
  /** What it may have cost: the question that everybody has. */
  readonly billing: string;
  /** What trying again would mean. */
  readonly retry: string;
}

const billing: Readonly<Record<Outcome, string>> = {
  "not-sent": "Nothing was sent, so nothing was billed.",
  rejected: "The server turned it down. Nothing was billed.",
  unknown: "It may have been billed: the server may have finished the picture.",
};

const retry: Readonly<Record<Outcome, string>> = {
  "not-sent": "Try again",
  rejected: "Try again",
  unknown: "Try again (may be billed twice)",
};

/** Puts a failed edit into words for the person who waits for it. */
export function describeFailure(error: Error, outcome: Outcome, isOnline: boolean): OutcomeWords {
  return { ...describe(error, outcome, isOnline), billing: billing[outcome], retry: retry[outcome] };
}

/** Puts a canceled edit into words. */
export function describeCancel(outcome: Outcome): OutcomeWords {
  return {
    title: "Canceled",
    text:
      outcome === "not-sent"
        ? "The edit was stopped before it left this page."
        : "The connection was closed, and your server told the image server to stop.",
    billing: billing[outcome],
    retry: "Send it again",
  };
}

function describe(error: Error, outcome: Outcome, isOnline: boolean): { title: string; text: string } {
  if (isInvalidInputError(error)) return { title: "Something has to be mended first", text: error.message };
  if (isHttpError(error)) return describeAnswer(error.status, error.serverMessage);
  if (isTimeoutError(error))
    return { title: "It took too long", text: "No answer came for as long as this page waits." };
  if (isInvalidResponseError(error)) {
    return {
      title: "The answer could not be used",
      text: "The server answered, but not with a picture that this page can read.",
    };
  }
  if (!isOnline) {
    return {
      title: "The connection was lost",
      text: "You are offline. Your picture and your mask are still here: go on when you are back.",
    };
  }
  if (outcome === "not-sent")
    return { title: "The server could not be reached", text: "Your picture and your mask are still here." };
  return {
    title: "The connection broke",
    text: "It ended before a picture had come. Your picture and your mask are still here.",
  };
}

function describeAnswer(status: number, words: string | undefined): { title: string; text: string } {
  const said = quote(words);
  if (status === 524 || status === 504) {
    return {
      title: "The gateway gave up waiting",
      text: "Something between your server and the image server waits no longer than about 100 seconds. The edit itself may have gone on without it.",
    };
  }
  if (status === 429)
    return { title: "Too many edits for now", text: said ?? "The server asks to slow down." };
  if (status >= 500)
    return { title: "The image server had a problem", text: said ?? `It answered with ${status}.` };
  return { title: "The server refused this edit", text: said ?? `It answered with ${status}.` };
}

/** Gives the server's own words: the proxy quotes the image server's, and what it says of the bill is said below. */
function quote(words: string | undefined): string | undefined {
  const said = words?.match(/answered \d+: "(.+)"\./)?.[1];
  return said === undefined ? words : `“${said}”`;
}
