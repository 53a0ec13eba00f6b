import { expect, it } from "vitest";
import { checkCallNames } from "./check-call-names.ts";

const known = ["signal", "timeoutMs", "maxRetries", "headers", "idempotencyKey"];

it.each([
  ["baseUrl", "is not an option of a call. Give `baseUrl` to the client."],
  ["defaultBaseURL", "Give `baseUrl` to the client."],
  ["path", "Give `baseUrl` to the client."],
  ["query", "Give `query` to the client."],
  ["fetchOptions", "Give `fetch` to the client."],
  ["method", "An edit is always a POST."],
  ["body", "Give fields as parameters"],
  ["stream", "Call `stream` of the client"],
  ["timeout", "Did you mean `timeoutMs`?"],
  ["maxRetires", "Did you mean `maxRetries`?"],
  ["toString", "Check its spelling, or remove it."],
])("refuses %s and says where it belongs", (name, sentence) => {
  expect(() => checkCallNames({ [name]: 1 }, known)).toThrow(sentence);
});

it("accepts what exists, and what is undefined", () => {
  checkCallNames({ timeoutMs: 1, path: undefined, query: undefined, timeout: undefined }, known);
});
