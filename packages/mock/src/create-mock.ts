import { createPictureStore, picturesPath } from "./edit/image-store.ts";
import { createEditOpener } from "./edit/open-edit.ts";
import { editPath, fieldNames } from "./generated/spec.gen.ts";
import { jsonAnswer, type MockAnswer, type MockRequest } from "./mock-exchange.ts";
import type { MockOptions, MockPlatform } from "./mock-options.ts";
import { ApiError } from "./request/api-error.ts";
import { checkKey } from "./request/check-key.ts";
import type { FormPart } from "./request/parse-multipart.ts";
import { readForm } from "./request/read-form.ts";
import { validateRequest } from "./request/validate-request.ts";
import { describeParts, type LoggedRequest } from "./request-log.ts";
import { pause } from "./responses/delay.ts";
import { modelsAnswer } from "./responses/models.ts";
import { createScenarioChooser, scenarioHeader } from "./scenarios/choose-scenario.ts";
import { scenarios } from "./scenarios/scenarios.ts";
import { modelsPath } from "./served-paths.ts";

/** The mock itself, apart from how requests reach it. */
export interface Mock {
  /** Every request since the start or the last `reset()`, oldest first. */
  readonly requests: LoggedRequest[];
  /** Forgets requests, script positions and served pictures. */
  reset(): void;
  /** Begins an exchange: `answer` decides it, `finish` closes its log entry. */
  begin(request: MockRequest): Exchange;
}

/** One request and its answer. */
interface Exchange {
  entry: LoggedRequest;
  /** Rejects with the signal's reason when the client goes away first. */
  answer(): Promise<MockAnswer>;
  finish(outcome: { aborted: boolean }): void;
}

const defaultMaxBodyBytes = 512 * 1024 * 1024;

/** Creates the mock: the road of one request from key to answer. */
export function createMock(options: MockOptions, platform: MockPlatform): Mock {
  const requests: LoggedRequest[] = [];
  const chooser = createScenarioChooser(options.scenario ?? "ok", platform.hasSockets);
  const store = createPictureStore();
  const latencyMs = options.latencyMs ?? 0;
  let count = 0;
  const openEdit = createEditOpener(options, platform, store);

  async function answerEdit(request: MockRequest, entry: LoggedRequest): Promise<MockAnswer> {
    const form = readForm(
      request.headers.get("content-type"),
      request.body,
      options.maxBodyBytes ?? defaultMaxBodyBytes,
      (bytes) => {
        entry.bodyBytes += bytes;
      },
    );
    // The body is read before anything is refused, and a broken form is no excuse for a missing key.
    const parts = await form.catch((error: unknown) => error);
    if (Array.isArray(parts))
      entry.parts = await describeParts(parts as FormPart[], options.keepBytes ?? false);
    const model = entry.parts.find((part) => part.name === "model")?.value;
    if (model !== undefined) entry.model = model;
    entry.unknownFields = entry.parts
      .filter(({ name, value }) => value !== undefined && !fieldNames.includes(name))
      .map(({ name }) => name);
    checkKey(request.headers.get("authorization"), options.apiKey);
    if (!Array.isArray(parts)) throw parts;
    const name = chooser.next(request);
    entry.scenario = name;
    const scenario = scenarios[name];
    await pause(latencyMs, request.signal);
    if (scenario.stage === "gate") return scenario.answer({ model });
    return scenario.answer(await openEdit(validateRequest(parts as FormPart[]), request));
  }

  async function answer(request: MockRequest, entry: LoggedRequest): Promise<MockAnswer> {
    const { path } = request;
    if (path === editPath && request.method === "POST") return answerEdit(request, entry);
    for await (const piece of request.body) entry.bodyBytes += piece.length;
    if (path === modelsPath || path.startsWith(`${modelsPath}/`)) {
      checkKey(request.headers.get("authorization"), options.apiKey);
      refuseMethod(request, "GET");
      return modelsAnswer(path.slice(modelsPath.length + 1));
    }
    const picture = path.startsWith(picturesPath) ? store.get(path) : undefined;
    if (picture && request.method === "GET") {
      return {
        status: 200,
        headers: { "content-type": picture.mediaType },
        body: picture.bytes as Uint8Array<ArrayBuffer>,
      };
    }
    if (path === editPath) refuseMethod(request, "POST");
    throw new ApiError(404, {
      message: `Invalid URL (${request.method} ${path}). The mock serves POST ${editPath}.`,
      code: "unknown_url",
    });
  }

  return {
    requests,
    reset() {
      requests.length = 0;
      count = 0;
      chooser.reset();
      store.clear();
    },
    begin(request) {
      count += 1;
      const began = performance.now();
      const entry: LoggedRequest = {
        number: count,
        at: new Date().toISOString(),
        method: request.method,
        path: request.url.pathname + request.url.search,
        headers: Object.fromEntries(request.headers),
        parts: [],
        bodyBytes: 0,
        unknownFields: [],
        requestId: `req_mock_${String(count).padStart(6, "0")}`,
        aborted: false,
        done: false,
      };
      requests.push(entry);
      return {
        entry,
        async answer() {
          const decided = await answer(request, entry).catch((error: unknown) =>
            refuse(error, entry, request.signal),
          );
          const silent = decided.fault?.kind === "hang" || decided.fault?.kind === "reset";
          if (!silent) entry.status = decided.status;
          return {
            ...decided,
            headers: {
              "x-request-id": entry.requestId,
              "openai-processing-ms": String(Math.round(performance.now() - began)),
              "x-ratelimit-limit-requests": "250",
              "x-ratelimit-remaining-requests": "249",
              "x-ratelimit-reset-requests": "240ms",
              ...(entry.scenario === undefined ? {} : { [scenarioHeader]: entry.scenario }),
              ...decided.headers,
            },
          };
        },
        finish({ aborted }) {
          if (entry.done) return;
          entry.aborted = aborted;
          entry.done = true;
          entry.durationMs = performance.now() - began;
          options.onRequest?.(entry);
        },
      };
    },
  };
}

function refuseMethod({ method, path }: MockRequest, allowed: string): void {
  if (method === allowed) return;
  throw new ApiError(
    405,
    { message: `Not allowed to ${method} on ${path}. Use ${allowed}.`, code: "method_not_supported" },
    { headers: { allow: `${allowed}, OPTIONS` } },
  );
}

/** Turns what was thrown into an answer. A defect of the mock is a 500 that says so. */
function refuse(error: unknown, entry: LoggedRequest, signal: AbortSignal): MockAnswer {
  if (signal.aborted) throw signal.reason;
  if (!(error instanceof ApiError)) {
    const message = `The mock itself failed: ${error instanceof Error ? error.message : String(error)}`;
    return jsonAnswer(500, { error: { message, type: "mock_failure", param: null, code: "mock_failure" } });
  }
  if (error.body.code !== null) entry.code = error.body.code;
  if (error.body.param !== null) entry.param = error.body.param;
  return jsonAnswer(error.status, { error: { ...error.body, ...error.details } }, error.headers);
}
