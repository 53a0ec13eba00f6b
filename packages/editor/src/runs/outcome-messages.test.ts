import { HttpError } from "@retouch/client";
import { describe, expect, it } from "vitest";
import { failureMessage } from "./outcome-messages.ts";

/** An error as the page's server reports it. */
function errorOf(status: number, code: string, outcome: "not-sent" | "unknown"): Error {
  const serverMessage = "Upstream did something. See the server's log.";
  return new HttpError("It failed.", { status, code, outcome, serverMessage });
}

describe(failureMessage, () => {
  it.each([
    [502, "upstream_unreachable", "not-sent", "The image server could not be reached", "the network"],
    [504, "upstream_timeout", "unknown", "It took too long", "`--timeout`"],
    [502, "upstream_redirected", "unknown", "The image server is at another address", "`--base-url`"],
    [502, "upstream_page", "unknown", "There is a web page instead of the image server", "`--base-url`"],
    [408, "too_slow", "not-sent", "The upload took too long", "smaller images"],
    [409, "duplicate_attempt", "unknown", "The connection broke during this edit", "usage page"],
    [
      503,
      "jobs_unavailable",
      "not-sent",
      "The record of this edit cannot be stored or read",
      "disk may be full",
    ],
    [
      404,
      "job_not_found",
      "unknown",
      "The server of this page does not know this edit any more",
      "usage page",
    ],
    [409, "job_canceled", "unknown", "Canceled", "Another page"],
    [
      503,
      "server_stopping",
      "not-sent",
      "The server of this page is being stopped",
      "Start `retouch-editor` again",
    ],
  ] as const)("%i %s has its own words, and what to do", (status, code, outcome, title, advice) => {
    const message = failureMessage(errorOf(status, code, outcome), outcome, true);
    expect(message.title).toBe(title);
    expect(message.text).toContain(advice);
    expect(message.text).not.toMatch(/upstream|status|log\b/i);
    const billing =
      outcome === "unknown" ? "It may have been billed" : "Nothing was sent, so nothing was billed";
    expect(message.billing).toContain(billing);
  });
});
