import type { MockAnswer } from "../mock-exchange.ts";
import { ApiError } from "../request/api-error.ts";
import { chatAnswer, eventsAnswer, imagesAnswer, imagesJson, type PaidEdit } from "../responses/success.ts";
import { toBase64 } from "../responses/to-base64.ts";

/** What the mock may be told to do with an edit. */
interface ScenarioBase {
  /** What happens, in one sentence for the documentation. */
  summary: string;
  /** Only a socket can do it: refused under msw. */
  needsSocket?: true;
  /** Fields of a request that shows it. */
  fields?: Readonly<Record<string, string>>;
}

/** Decided before the form is looked at, as limits and keys are. */
interface GateScenario extends ScenarioBase {
  stage: "gate";
  answer(request: { model: string | undefined }): MockAnswer;
}

/** Decided once the form is known to be valid. */
interface EditScenario extends ScenarioBase {
  stage: "edit";
  answer(edit: PaidEdit): MockAnswer | Promise<MockAnswer>;
}

export type Scenario = GateScenario | EditScenario;

const asAsked = (edit: PaidEdit) => (edit.stream ? eventsAnswer(edit) : imagesAnswer(edit));

/** Every scenario: the one table behind names, behaviour and `docs/scenarios.md`. */
const table = {
  ok: {
    summary: "Answers as asked: `b64_json` or `url`, JSON or, with `stream`, events.",
    stage: "edit",
    answer: asAsked,
  },
  "chat-completion": {
    summary:
      "200 in the shape of the vendor's document: a chat completion with the pictures as data URIs in its text.",
    stage: "edit",
    answer: chatAnswer,
  },
  url: {
    summary: "200 with links instead of base64, whatever was asked; the mock serves the pictures itself.",
    stage: "edit",
    answer: (edit) => imagesAnswer(edit, "url"),
  },
  "rate-limited": {
    summary: "429 `rate_limit_exceeded` with `retry-after-ms: 50` and `retry-after: 1`.",
    stage: "gate",
    answer: () => {
      throw new ApiError(
        429,
        {
          message: "Rate limit reached for images per min. Please try again in 50ms.",
          type: "requests",
          code: "rate_limit_exceeded",
        },
        {
          headers: {
            "retry-after": "1",
            "retry-after-ms": "50",
            "x-ratelimit-remaining-requests": "0",
            "x-ratelimit-reset-requests": "50ms",
          },
        },
      );
    },
  },
  quota: {
    summary: "429 `insufficient_quota` with `x-should-retry: false`.",
    stage: "gate",
    answer: () => {
      throw new ApiError(
        429,
        {
          message: "You exceeded your current quota, please check your plan and billing details.",
          type: "insufficient_quota",
          code: "insufficient_quota",
        },
        { headers: { "x-should-retry": "false" } },
      );
    },
  },
  moderation: {
    summary: "400 `moderation_blocked` with `moderation_details`.",
    stage: "edit",
    answer: () => {
      throw new ApiError(
        400,
        {
          message: "Your request was rejected as a result of our safety system.",
          type: "image_generation_user_error",
          code: "moderation_blocked",
        },
        { details: { moderation_details: { categories: ["violence"], stage: "input" } } },
      );
    },
  },
  unauthorized: {
    summary: "401 `invalid_api_key`, whatever the key.",
    stage: "gate",
    answer: () => {
      throw invalidKey();
    },
  },
  "model-not-found": {
    summary: "404 `model_not_found`, as OpenAI says it.",
    stage: "gate",
    answer: ({ model }) => {
      throw new ApiError(404, {
        message: `The model \`${model ?? ""}\` does not exist or you do not have access to it.`,
        param: "model",
        code: "model_not_found",
      });
    },
  },
  "server-error": {
    summary: "500 `server_error`: the edit may have been billed.",
    stage: "edit",
    answer: () => {
      throw new ApiError(500, {
        message: "The server had an error while processing your request.",
        type: "server_error",
        code: "server_error",
      });
    },
  },
  "html-524": {
    summary: "524 with the HTML page of a CDN that gave up waiting: the edit may have been billed.",
    stage: "edit",
    answer: () => htmlAnswer(524, "A timeout occurred", { server: "cloudflare", "cf-ray": "8f00mock0-FRA" }),
  },
  hang: {
    summary: "Takes the request and never answers.",
    stage: "edit",
    needsSocket: true,
    answer: () => ({ ...nothing, fault: { kind: "hang" } }),
  },
  reset: {
    summary: "Takes the request and resets the connection.",
    stage: "edit",
    needsSocket: true,
    answer: () => ({ ...nothing, fault: { kind: "reset" } }),
  },
  truncated: {
    summary: "200 whose body ends half-way: `Content-Length` promised more.",
    stage: "edit",
    needsSocket: true,
    answer: async (edit) => {
      const answer = await imagesAnswer(edit);
      const length = answer.body instanceof Uint8Array ? answer.body.length : 0;
      return { ...answer, fault: { kind: "cut", afterBytes: Math.floor(length / 2) } };
    },
  },
  "bad-base64": {
    summary: "200 whose `b64_json` holds characters that are no base64.",
    stage: "edit",
    answer: async (edit) => {
      const text = toBase64(await edit.paint(0));
      return imagesJson(edit, [{ b64_json: `${text.slice(0, 40)}!! not base64 !!${text.slice(40, 80)}` }]);
    },
  },
  empty: {
    summary: "200 with `data: []`.",
    stage: "edit",
    answer: (edit) => imagesJson(edit, []),
  },
  "wrong-type": {
    summary:
      "200 whose pictures are of another type than asked and declared: JPEG, or PNG where JPEG was asked.",
    stage: "edit",
    answer: async (edit) => {
      const other = edit.job.outputFormat === "jpeg" ? "png" : "jpeg";
      const data: unknown[] = [];
      for (let index = 0; index < edit.n; index += 1) {
        data.push({ b64_json: toBase64(await edit.paint(index, 1, other)) });
      }
      return imagesJson(edit, data);
    },
  },
  slow: {
    summary: "Answers as asked, the body in 40 pieces with 50 ms (or `latencyMs`) between them.",
    stage: "edit",
    needsSocket: true,
    answer: async (edit) => ({
      ...(await asAsked(edit)),
      fault: { kind: "trickle", pieces: 40, pauseMs: edit.latencyMs || 50 },
    }),
  },
  "stream-cut": {
    summary: "Events that stop after the previews: the connection breaks before `completed`.",
    stage: "edit",
    needsSocket: true,
    fields: { stream: "true", partial_images: "2" },
    answer: (edit) => ({
      ...eventsAnswer(edit, { completes: false }),
      fault: { kind: "cut", afterBytes: Number.POSITIVE_INFINITY },
    }),
  },
  "stream-as-json": {
    summary: "Ignores `stream` and answers JSON.",
    stage: "edit",
    fields: { stream: "true" },
    answer: (edit) => imagesAnswer(edit),
  },
  "error-200": {
    summary: "200 whose body is `{ error }`.",
    stage: "edit",
    answer: () => {
      throw new ApiError(200, {
        message: "The upstream service failed to make an image.",
        type: "upstream_error",
        code: "upstream_error",
      });
    },
  },
  "html-200": {
    summary: "200 with a page of HTML instead of JSON.",
    stage: "edit",
    answer: () => htmlAnswer(200, "Welcome"),
  },
} satisfies Record<string, Scenario>;

/** The name of a scenario. */
export type ScenarioName = keyof typeof table;

/** What each scenario does, by name. */
export const scenarios: Readonly<Record<ScenarioName, Scenario>> = table;

/** Every scenario's name, `ok` first. */
export const scenarioNames = Object.keys(table) as readonly ScenarioName[];

/** Says whether a word names a scenario. */
export function isScenarioName(word: string): word is ScenarioName {
  return Object.hasOwn(table, word);
}

/** The refusal of a key. */
export function invalidKey(message = "Incorrect API key provided."): ApiError {
  return new ApiError(401, { message, code: "invalid_api_key" });
}

const nothing = { status: 200, headers: {}, body: new Uint8Array() };

function htmlAnswer(status: number, title: string, headers: Record<string, string> = {}): MockAnswer {
  const page = `<!DOCTYPE html>\n<html lang="en"><head><title>${title}</title></head><body><h1>${title}</h1></body></html>\n`;
  return {
    status,
    headers: { "content-type": "text/html; charset=UTF-8", ...headers },
    body: new TextEncoder().encode(page),
  };
}
