import { createImageStore, imagesPath } from "./edit/image-store.ts";
import { createEditOpener } from "./edit/open-edit.ts";
import { editPath, fieldNames } from "./generated/spec.gen.ts";
import type { MockRequest, MockResponse } from "./mock-exchange.ts";
import type { MockOptions, Platform } from "./mock-options.ts";
import { ApiError } from "./request/api-error.ts";
import { checkKey } from "./request/check-key.ts";
import { apiError } from "./request/error-table.ts";
import type { FormPart } from "./request/parse-multipart.ts";
import { readForm } from "./request/read-form.ts";
import { validateRequest } from "./request/validate-request.ts";
import { describeParts, type LoggedRequest } from "./request-log.ts";
import { bodyResponse } from "./responses/build-body.ts";
import { delay } from "./responses/delay.ts";
import { modelsResponse } from "./responses/models.ts";
import { createScenarioChooser, scenarioHeader } from "./scenarios/choose-scenario.ts";
import { scenarios } from "./scenarios/scenarios.ts";

/** Path of the list of models, under the same version as the endpoint. */
const modelsPath = `${/^\/v\d+/.exec(editPath)?.[0] ?? ""}/models`;

/** Paths that the mock serves, as patterns below its root. */
export const servedPaths = [editPath, modelsPath, `${modelsPath}/:model`, `${imagesPath}:image`] as const;

/** The mock, independent of how requests reach it. */
export interface Mock {
  /** Every request since the start or the last `reset()`, oldest first. */
  readonly requests: LoggedRequest[];
  /** Clears requests, script positions and served images. */
  reset(): void;
  /** Begins an exchange: `respond` returns its response, `finish` closes its log entry. */
  begin(request: MockRequest): Exchange;
}

/** One request and its response. */
interface Exchange {
  entry: LoggedRequest;
  /** Rejects with the reason of the signal when the client disconnects first. */
  respond(): Promise<MockResponse>;
  finish(outcome: { aborted: boolean }): void;
}

const defaultMaxBodyBytes = 512 * 1024 * 1024;

/** Creates the mock, which handles a request from its key to its response. */
export function createMock(options: MockOptions, platform: Platform): Mock {
  const requests: LoggedRequest[] = [];
  const chooser = createScenarioChooser(options.scenario ?? "ok", platform.hasSockets);
  const store = createImageStore();
  const latencyMs = options.latencyMs ?? 0;
  let count = 0;
  const openEdit = createEditOpener(options, platform, store);

  async function respondToEdit(request: MockRequest, entry: LoggedRequest): Promise<MockResponse> {
    const form = readForm(
      request.headers.get("content-type"),
      request.body,
      options.maxBodyBytes ?? defaultMaxBodyBytes,
      (bytes) => {
        entry.bodyBytes += bytes;
      },
    );
    // The body is read before anything is refused, and a missing key is reported before a broken form.
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
    await delay(latencyMs, request.signal);
    if (scenario.stage === "gate") return scenario.respond({ model });
    return scenario.respond(await openEdit(validateRequest(parts as FormPart[]), request));
  }

  async function respond(request: MockRequest, entry: LoggedRequest): Promise<MockResponse> {
    const { path } = request;
    if (path === editPath && request.method === "POST") return respondToEdit(request, entry);
    for await (const chunk of request.body) entry.bodyBytes += chunk.length;
    if (path === modelsPath || path.startsWith(`${modelsPath}/`)) {
      checkKey(request.headers.get("authorization"), options.apiKey);
      requireMethod(request, "GET");
      return modelsResponse(path.slice(modelsPath.length + 1));
    }
    const image = path.startsWith(imagesPath) ? store.get(path) : undefined;
    if (image && request.method === "GET") {
      return {
        status: 200,
        headers: { "content-type": image.mediaType },
        body: image.bytes as Uint8Array<ArrayBuffer>,
      };
    }
    if (path === editPath) requireMethod(request, "POST");
    throw apiError("unknownUrl", { values: { method: request.method, path, served: editPath } });
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
      const startedAt = performance.now();
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
        async respond() {
          const response = await respond(request, entry).catch((error: unknown) =>
            toErrorResponse(error, entry, request.signal),
          );
          const isSilent = response.fault?.kind === "hang" || response.fault?.kind === "reset";
          if (!isSilent) entry.status = response.status;
          return {
            ...response,
            headers: {
              "x-request-id": entry.requestId,
              "openai-processing-ms": String(Math.round(performance.now() - startedAt)),
              "x-ratelimit-limit-requests": "250",
              "x-ratelimit-remaining-requests": "249",
              "x-ratelimit-reset-requests": "240ms",
              ...(entry.scenario === undefined ? {} : { [scenarioHeader]: entry.scenario }),
              ...response.headers,
            },
          };
        },
        finish({ aborted }) {
          if (entry.done) return;
          entry.aborted = aborted;
          entry.done = true;
          entry.durationMs = performance.now() - startedAt;
          options.onRequest?.(entry);
        },
      };
    },
  };
}

function requireMethod({ method, path }: MockRequest, allowed: string): void {
  if (method === allowed) return;
  throw apiError("method", { values: { method, path, allowed }, headers: { allow: `${allowed}, OPTIONS` } });
}

/** Converts an error into a response. A defect of the mock is a 500 that says so. */
function toErrorResponse(error: unknown, entry: LoggedRequest, signal: AbortSignal): MockResponse {
  if (signal.aborted) throw signal.reason;
  const reason = error instanceof Error ? error.message : String(error);
  const { status, body, details, headers } =
    error instanceof ApiError ? error : apiError("defect", { values: { reason } });
  if (body.code !== null) entry.code = body.code;
  if (body.param !== null) entry.param = body.param;
  return bodyResponse("ErrorResponse", { error: { ...body, ...details } }, { status, headers });
}
