import { describe, expect, it } from "vitest";
import {
  ConfigurationError,
  HttpError,
  InvalidInputError,
  InvalidResponseError,
  isConfigurationError,
  isHttpError,
  isInvalidInputError,
  isInvalidResponseError,
  isNetworkError,
  isRetouchError,
  isTimeoutError,
  NetworkError,
  TimeoutError,
} from "./errors.ts";

const problem = {
  severity: "error",
  field: "n",
  code: "not_allowed",
  message: "`n` is 0. Give 1 to 10.",
} as const;
const every = [
  {
    error: new InvalidInputError({ problems: [problem] }),
    guard: isInvalidInputError,
    name: "InvalidInputError",
  },
  { error: new ConfigurationError("No key."), guard: isConfigurationError, name: "ConfigurationError" },
  {
    error: new HttpError("400.", { outcome: "rejected", status: 400 }),
    guard: isHttpError,
    name: "HttpError",
  },
  { error: new NetworkError("Cut.", { outcome: "unknown" }), guard: isNetworkError, name: "NetworkError" },
  { error: new TimeoutError("Late.", { outcome: "unknown" }), guard: isTimeoutError, name: "TimeoutError" },
  {
    error: new InvalidResponseError("HTML.", { outcome: "unknown" }),
    guard: isInvalidResponseError,
    name: "InvalidResponseError",
  },
];

describe("errors", () => {
  it.each(every)("names $name, which only its own guard accepts", ({ error, guard, name }) => {
    expect(error.name).toBe(name);
    expect(error).toBeInstanceOf(Error);
    expect(isRetouchError(error)).toBe(true);
    const responses = every.map((one) => one.guard(error));
    expect(responses.filter(Boolean)).toHaveLength(1);
    expect(guard(error)).toBe(true);
  });

  it("recognizes an error of another copy of the package", () => {
    const foreign = Object.assign(new Error("x"), { [Symbol.for("@retouch/client/error")]: "HttpError" });
    expect(isHttpError(foreign)).toBe(true);
    expect(isRetouchError(new Error("x"))).toBe(false);
    expect(isRetouchError(undefined)).toBe(false);
  });

  it("has every field that is safe to log as JSON", () => {
    const error = new HttpError("POST answered 429.", {
      outcome: "rejected",
      status: 429,
      code: "slow",
      retryAfterMs: 5,
    });
    expect(JSON.parse(JSON.stringify(error))).toEqual({
      name: "HttpError",
      message: "POST answered 429.",
      outcome: "rejected",
      code: "slow",
      status: 429,
      retryAfterMs: 5,
    });
  });

  it("joins every error, and no warning, into the message", () => {
    const warning = { ...problem, severity: "warning", message: "Odd." } as const;
    const error = new InvalidInputError({ problems: [problem, warning, { ...problem, message: "Two." }] });
    expect(error.message).toBe("`n` is 0. Give 1 to 10.\nTwo.");
    expect(error.problems).toHaveLength(3);
  });

  it("returns the raw body without having it as a property", async () => {
    const body = new TextEncoder().encode("billed");
    const error = new InvalidResponseError("HTML.", { outcome: "unknown", rawBody: async () => body });
    expect(await error.rawBody()).toBe(body);
    expect(Reflect.ownKeys(error)).not.toContain("rawBody");
    expect(await new NetworkError("Cut.", { outcome: "unknown" }).rawBody()).toBeUndefined();
  });

  it("keeps only the names and codes of another library's cause", () => {
    const inner = Object.assign(new Error("connect SECRET"), { code: "ECONNREFUSED", request: "SECRET" });
    const cause = new TypeError("fetch failed: SECRET", { cause: inner });
    const error = new NetworkError("Cut.", { outcome: "not-sent", cause });
    const copy = error.cause as Error & { cause: Error & { code: string } };
    expect(copy.name).toBe("TypeError");
    expect(copy.cause.code).toBe("ECONNREFUSED");
    expect(`${copy.stack}${copy.message}${copy.cause.stack}${copy.cause.message}`).not.toContain("SECRET");
  });

  it("survives a cause that refers to itself and one whose getters throw", () => {
    const loop = new Error("x");
    loop.cause = loop;
    expect(() => new NetworkError("Cut.", { outcome: "unknown", cause: loop })).not.toThrow();
    const hostile = {
      get name(): string {
        throw new Error("SECRET");
      },
    };
    expect(() => new NetworkError("Cut.", { outcome: "unknown", cause: hostile })).not.toThrow();
  });
});
