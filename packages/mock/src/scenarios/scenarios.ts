// Over 220 lines: one table of all scenarios, which the names, the behavior and the documentation are read from.
import type { MockResponse } from "../mock-exchange.ts";
import { apiError } from "../request/error-table.ts";
import {
  type AcceptedEdit,
  chatResponse,
  dataResponse,
  imagesResponse,
  sseResponse,
} from "../responses/success.ts";
import { toBase64 } from "../responses/to-base64.ts";

/** Members of every scenario. */
interface ScenarioBase {
  /** What happens, in one sentence for the documentation. */
  summary: string;
  /** Needs a socket: refused under msw. */
  needsSocket?: true;
  /** Fields of a request that demonstrates it. */
  fields?: Readonly<Record<string, string>>;
}

/** Scenario that is applied before the form is validated, as limits and keys are. */
interface GateScenario extends ScenarioBase {
  stage: "gate";
  respond(request: { model: string | undefined }): MockResponse;
}

/** Scenario that is applied to a valid form. */
interface EditScenario extends ScenarioBase {
  stage: "edit";
  respond(edit: AcceptedEdit): MockResponse | Promise<MockResponse>;
}

export type Scenario = GateScenario | EditScenario;

const asRequested = (edit: AcceptedEdit) => (edit.stream ? sseResponse(edit) : imagesResponse(edit));

/** Every scenario: the source of the names, the behavior and `docs/scenarios.md`. */
const table = {
  ok: {
    summary: "Responds as requested: `b64_json` or `url`, JSON or, with `stream`, events.",
    stage: "edit",
    respond: asRequested,
  },
  "chat-completion": {
    summary:
      "200 in the format of the vendor's document: a chat completion with the images as data URIs in its text.",
    stage: "edit",
    respond: chatResponse,
  },
  url: {
    summary: "200 with URLs instead of base64, whatever was requested. The mock serves the images.",
    stage: "edit",
    respond: (edit) => imagesResponse(edit, "url"),
  },
  "rate-limited": {
    summary: "429 `rate_limit_exceeded` with `retry-after-ms: 50` and `retry-after: 1`.",
    stage: "gate",
    respond: () => {
      const retryAfterMs = 50;
      throw apiError("rateLimited", {
        values: { retryAfterMs },
        headers: {
          "retry-after": "1",
          "retry-after-ms": String(retryAfterMs),
          "x-ratelimit-remaining-requests": "0",
          "x-ratelimit-reset-requests": `${retryAfterMs}ms`,
        },
      });
    },
  },
  quota: {
    summary: "429 `insufficient_quota` with `x-should-retry: false`.",
    stage: "gate",
    respond: () => {
      throw apiError("quota", { headers: { "x-should-retry": "false" } });
    },
  },
  moderation: {
    summary: "400 `moderation_blocked` with `moderation_details`.",
    stage: "edit",
    respond: () => {
      throw apiError("moderation", {
        details: { moderation_details: { categories: ["violence"], stage: "input" } },
      });
    },
  },
  unauthorized: {
    summary: "401 `invalid_api_key` for any key.",
    stage: "gate",
    respond: () => {
      throw apiError("wrongKey");
    },
  },
  "model-not-found": {
    summary: "404 `model_not_found`, as OpenAI words it.",
    stage: "gate",
    respond: ({ model }) => {
      throw apiError("noAccess", { values: { model: model ?? "" }, param: "model" });
    },
  },
  "server-error": {
    summary: "500 `server_error`: the edit may have been billed.",
    stage: "edit",
    respond: () => {
      throw apiError("serverError");
    },
  },
  "html-524": {
    summary: "524 with the HTML page of a CDN that timed out: the edit may have been billed.",
    stage: "edit",
    respond: () =>
      htmlResponse(524, "A timeout occurred", { server: "cloudflare", "cf-ray": "8f00mock0-FRA" }),
  },
  hang: {
    summary: "Accepts the request and never responds.",
    stage: "edit",
    needsSocket: true,
    respond: () => ({ ...noResponse, fault: { kind: "hang" } }),
  },
  reset: {
    summary: "Accepts the request and resets the connection.",
    stage: "edit",
    needsSocket: true,
    respond: () => ({ ...noResponse, fault: { kind: "reset" } }),
  },
  truncated: {
    summary: "200 whose body ends half-way, before its `Content-Length`.",
    stage: "edit",
    needsSocket: true,
    respond: async (edit) => {
      const response = await imagesResponse(edit);
      const length = response.body instanceof Uint8Array ? response.body.length : 0;
      return { ...response, fault: { kind: "cut", afterBytes: Math.floor(length / 2) } };
    },
  },
  "bad-base64": {
    summary: "200 whose `b64_json` contains characters that are not base64.",
    stage: "edit",
    respond: async (edit) => {
      const text = toBase64(await edit.paint(0));
      return dataResponse(edit, [{ b64_json: `${text.slice(0, 40)}!! not base64 !!${text.slice(40, 80)}` }]);
    },
  },
  empty: {
    summary: "200 with `data: []`.",
    stage: "edit",
    respond: (edit) => dataResponse(edit, []),
  },
  "wrong-type": {
    summary:
      "200 whose images have another type than requested and declared: JPEG, or PNG where JPEG was requested.",
    stage: "edit",
    respond: async (edit) => {
      const other = edit.job.outputFormat === "jpeg" ? "png" : "jpeg";
      const data: unknown[] = [];
      for (let index = 0; index < edit.n; index += 1) {
        data.push({ b64_json: toBase64(await edit.paint(index, 1, other)) });
      }
      return dataResponse(edit, data);
    },
  },
  slow: {
    summary: "Responds as requested, the body in 40 chunks with 50 ms (or `latencyMs`) between them.",
    stage: "edit",
    needsSocket: true,
    respond: async (edit) => ({
      ...(await asRequested(edit)),
      fault: { kind: "trickle", chunks: 40, delayMs: edit.latencyMs || 50 },
    }),
  },
  "stream-cut": {
    summary: "Events that stop after the previews: the connection is cut before `completed`.",
    stage: "edit",
    needsSocket: true,
    fields: { stream: "true", partial_images: "2" },
    respond: (edit) => ({
      ...sseResponse(edit, { completes: false }),
      fault: { kind: "cut", afterBytes: Number.POSITIVE_INFINITY },
    }),
  },
  "stream-as-json": {
    summary: "Ignores `stream` and responds with JSON.",
    stage: "edit",
    fields: { stream: "true" },
    respond: (edit) => imagesResponse(edit),
  },
  "error-200": {
    summary: "200 whose body is `{ error }`.",
    stage: "edit",
    respond: () => {
      throw apiError("upstream");
    },
  },
  "html-200": {
    summary: "200 with a page of HTML instead of JSON.",
    stage: "edit",
    respond: () => htmlResponse(200, "Welcome"),
  },
} satisfies Record<string, Scenario>;

/** The name of a scenario. */
export type ScenarioName = keyof typeof table;

/** Scenarios by name. */
export const scenarios: Readonly<Record<ScenarioName, Scenario>> = table;

/** Names of the scenarios, `ok` first. */
export const scenarioNames = Object.keys(table) as readonly ScenarioName[];

/** Returns whether a text is the name of a scenario. */
export function isScenarioName(text: string): text is ScenarioName {
  return Object.hasOwn(table, text);
}

const noResponse = { status: 200, headers: {}, body: new Uint8Array() };

function htmlResponse(status: number, title: string, headers: Record<string, string> = {}): MockResponse {
  const page = `<!DOCTYPE html>\n<html lang="en"><head><title>${title}</title></head><body><h1>${title}</h1></body></html>\n`;
  return {
    status,
    headers: { "content-type": "text/html; charset=UTF-8", ...headers },
    body: new TextEncoder().encode(page),
  };
}
