import { afterEach, expect, test } from "vitest";
import { startDeadline } from "../../async/deadline.ts";
import type { ImageEditHandlerOptions } from "../handler-options.ts";
import { readRequest } from "../page-request.ts";
import { authorizeRequest } from "./authorize.ts";

const deadline = startDeadline(600_000);
deadline.unref();
afterEach(() => deadline.end());

const request = new Request("https://app.example.com/api/image-edit?album=7", {
  method: "POST",
  headers: { cookie: "session=1" },
  body: "the form",
});

const check = (options: Partial<ImageEditHandlerOptions>) =>
  authorizeRequest(readRequest(request), { apiKey: "any", authorize: () => true, ...options }, deadline);

test("shows both callbacks the URL, method and headers, and a body that is empty", async () => {
  const seen: unknown[] = [];
  const look = async (head: Request) => {
    seen.push([head.url, head.method, head.headers.get("cookie"), await head.text()]);
    return true;
  };
  await check({ authorize: look, rateLimit: async (head) => ({ allowed: await look(head) }) });
  const head = ["https://app.example.com/api/image-edit?album=7", "POST", "session=1", ""];
  expect(seen).toEqual([head, head]);
  expect(request.bodyUsed).toBe(false);
});

test("accepts everyone who is within the limit if it is public", async () => {
  await expect(check({ authorize: "public" })).resolves.toBeUndefined();
  await expect(check({ authorize: "public", rateLimit: () => ({ allowed: true }) })).resolves.toBeUndefined();
});

test("says what to do", async () => {
  await expect(check({ authorize: () => false })).rejects.toMatchObject({
    status: 401,
    message: "You may not edit images here. Sign in, then try again.",
  });
  await expect(check({ rateLimit: () => ({ allowed: false }) })).rejects.toMatchObject({
    status: 429,
    message: "Too many edits. Wait, then try again.",
    headers: {},
  });
});

test.each([
  [-5, "0", "0"],
  [0.2, "1", "1"],
  [1001, "2", "1001"],
])("forwards a retry delay of %d ms rounded up", async (retryAfterMs, seconds, ms) => {
  await expect(check({ rateLimit: () => ({ allowed: false, retryAfterMs }) })).rejects.toMatchObject({
    headers: { "retry-after": seconds, "retry-after-ms": ms },
  });
});

test("forwards no retry delay that is text", async () => {
  const rateLimit = () => ({ allowed: false, retryAfterMs: "10" as never });
  await expect(check({ rateLimit })).rejects.toMatchObject({ headers: {} });
});
