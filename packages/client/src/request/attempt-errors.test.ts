import { describe, expect, it } from "vitest";
import type { Outcome } from "../errors/errors.ts";
import { TransportFailure, type TransportResponse } from "../transport/transport.ts";
import { type ErrorContext, toHttpError, toNetworkError, toTimeoutError } from "./attempt-errors.ts";

const context: ErrorContext = {
  redact: (text) => text.replaceAll("secret", "[redacted]"),
  idempotencyKey: "key-1",
  label: "POST /v1/images/edits",
  isProxy: false,
  url: "https://api.example.com/v1/images/edits",
};

async function* emptyBody(): AsyncGenerator<Uint8Array> {}

const response = (status: number, headers: Record<string, string> = {}): TransportResponse => ({
  status,
  statusText: "",
  headers: new Headers(headers),
  body: emptyBody(),
});

function httpError(
  status: number,
  {
    headers,
    body = "",
    ...more
  }: Partial<ErrorContext> & { headers?: Record<string, string>; body?: string } = {},
) {
  return toHttpError(response(status, headers), new TextEncoder().encode(body), { ...context, ...more });
}

describe("the outcome of a response that is not 2xx", () => {
  it.each<[number, Outcome]>([
    [301, "unknown"],
    [303, "unknown"],
    [307, "rejected"],
    [308, "rejected"],
    [399, "unknown"],
    [400, "rejected"],
    [429, "rejected"],
    [499, "rejected"],
    [500, "unknown"],
    [503, "unknown"],
  ])("of status %d is %s", (status, outcome) => {
    expect(httpError(status).outcome).toBe(outcome);
  });

  it.each<Outcome>(["not-sent", "rejected", "unknown"])("is %s if an image-edit proxy says so", (outcome) => {
    const headers = { "x-retouch-outcome": outcome };
    expect(httpError(502, { headers, isProxy: true }).outcome).toBe(outcome);
    expect(httpError(418, { headers, isProxy: true }).outcome).toBe(outcome);
  });

  it("is that of the status if another server says something, or a proxy says nothing known", () => {
    expect(httpError(500, { headers: { "x-retouch-outcome": "rejected" } }).outcome).toBe("unknown");
    expect(httpError(400, { headers: { "x-retouch-outcome": "free" }, isProxy: true }).outcome).toBe(
      "rejected",
    );
    expect(httpError(500, { headers: { "x-retouch-outcome": "" }, isProxy: true }).outcome).toBe("unknown");
  });

  it("is unknown while a task is polled, whatever is said", () => {
    const error = httpError(404, {
      taskId: "t-1",
      isProxy: true,
      headers: { "x-retouch-outcome": "rejected" },
    });
    expect(error).toMatchObject({ outcome: "unknown", taskId: "t-1" });
  });
});

describe(toHttpError, () => {
  it("has the code, the ids and the body of the server", async () => {
    const body = '{"error":{"message":"No secret here","code":"bad","type":"t","param":"size"}}';
    const error = httpError(400, { body, headers: { "x-request-id": "req-secret" } });
    expect(error).toMatchObject({
      code: "bad",
      type: "t",
      param: "size",
      serverMessage: "No [redacted] here",
      requestId: "req-[redacted]",
      idempotencyKey: "key-1",
      taskId: undefined,
    });
    expect(new TextDecoder().decode(await error.rawBody?.())).toBe(body);
    expect(error.message).toBe(
      'POST /v1/images/edits answered 400 (bad): "No [redacted] here". Nothing was billed. Request id: req-[redacted].',
    );
  });

  it("takes the request id from the message if no header has one", () => {
    const body = '{"message":"Failed, request id: abc-1234"}';
    expect(httpError(500, { body }).requestId).toBe("abc-1234");
    expect(httpError(500, { body, headers: { "x-request-id": "r-1" } }).requestId).toBe("r-1");
    expect(httpError(500, { body: "<html>" })).toMatchObject({ requestId: undefined, code: "http_500" });
  });

  it("quotes the sentence of a proxy as its own only if it has an outcome", () => {
    const body = '{"error":{"message":"Upstream broke. It may have been billed."}}';
    const said = (more: Partial<Parameters<typeof httpError>[1]>) =>
      httpError(502, { body, ...more }).message;
    const headers = { "x-retouch-outcome": "unknown" };
    expect(said({ isProxy: true, headers })).toContain("answered 502. Upstream broke.");
    expect(said({ isProxy: true })).toContain('answered 502: "Upstream broke.');
    expect(said({ headers })).toContain('answered 502: "Upstream broke.');
    expect(httpError(502, { isProxy: true, headers }).message).toContain(
      "answered 502. This edit may have been billed.",
    );
  });

  it("has the task of a proxy's header, cleaned", () => {
    const headers = { "x-retouch-task": "task-secret" };
    expect(httpError(504, { isProxy: true, headers }).taskId).toBe("task-[redacted]");
    expect(httpError(504, { headers }).taskId).toBeUndefined();
    expect(httpError(504, { isProxy: true }).taskId).toBeUndefined();
  });

  it.each([
    ["/v2/edits?sig=1", "https://api.example.com/v2/edits"],
    ["https://b.example/secret?sig=1", "https://b.example/[redacted]"],
    [`https://b.example/${"a".repeat(400)}`, `https://b.example/${"a".repeat(282)}`],
  ])("says where a redirect to %.40s leads, without its query", (location, target) => {
    expect(httpError(308, { headers: { location } }).message).toContain(
      `It redirects to ${target}. Redirects are`,
    );
  });

  it.each([["ftp://b.example/"], ["xhttp://b.example/"], ["https2://b.example/"], ["http://["]])(
    "does not say that a redirect leads to %s",
    (location) => {
      expect(httpError(307, { headers: { location } }).message).not.toContain("It redirects to");
    },
  );

  it("says nothing of a `Location` without a redirect", () => {
    expect(
      httpError(400, { headers: { location: "https://b.example/" } }).params?.["redirectTarget"],
    ).toBeUndefined();
  });
});

describe(toNetworkError, () => {
  it("returns an error of ours as it is", () => {
    const error = httpError(400);
    expect(toNetworkError(error, context)).toBe(error);
  });

  it.each([
    ["possible", "unknown"],
    ["incomplete", "not-sent"],
    ["none", "not-sent"],
  ] as const)("of a form whose delivery is %s has the outcome %s", (delivery, outcome) => {
    const cause = new Error("deep");
    const failure = new TransportFailure("It broke.", {
      delivery,
      code: "bad_response",
      cause,
      tlsOption: "ca",
    });
    const error = toNetworkError(failure, context, { requestId: "r-1", taskId: "t-1" });
    expect(error).toMatchObject({
      outcome,
      code: "bad_response",
      requestId: "r-1",
      taskId: "t-1",
      idempotencyKey: "key-1",
    });
    expect(error.cause).toEqual(failure.cause);
    expect(error.params).toMatchObject({
      summary: "It broke.",
      outcome,
      tlsOption: "ca",
      requestId: "r-1",
      taskId: "t-1",
    });
  });

  it("supposes the worst of a failure that it does not know", () => {
    const cause = new TypeError("fetch failed");
    const error = toNetworkError(cause, context);
    expect(error).toMatchObject({ outcome: "unknown", code: "connection_failed" });
    expect(error.cause).toMatchObject({ name: "TypeError" });
    expect(error.message).toContain("The connection failed before a response arrived.");
  });
});

describe(toTimeoutError, () => {
  it.each([
    ["possible", "unknown"],
    ["none", "not-sent"],
  ] as const)("of a form whose delivery is %s has the outcome %s", (delivery, outcome) => {
    const error = toTimeoutError(600_000, delivery, {
      requestId: "r-1",
      taskId: "t-1",
      idempotencyKey: "key-1",
    });
    expect(error).toMatchObject({
      outcome,
      code: "timeout",
      requestId: "r-1",
      taskId: "t-1",
      idempotencyKey: "key-1",
    });
    expect(error.params).toEqual({ timeoutMs: 600_000, outcome, requestId: "r-1", taskId: "t-1" });
    expect(error.message).toContain("600 s");
  });
});
