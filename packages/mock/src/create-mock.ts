import { ApiError, invalidField } from "./api-error.ts";
import { checkKey } from "./check-key.ts";
import { createScenarioChooser, scenarioHeader } from "./choose-scenario.ts";
import { describeJob } from "./describe-job.ts";
import { estimateUsage } from "./estimate-usage.ts";
import { editPath, fieldNames } from "./generated/spec.gen.ts";
import { jsonAnswer, type MockAnswer, type MockRequest } from "./mock-exchange.ts";
import { modelsAnswer } from "./models-answer.ts";
import type { FormPart } from "./parse-multipart.ts";
import { pause } from "./pause.ts";
import { createPictureStore, picturesPath } from "./picture-store.ts";
import { readForm } from "./read-form.ts";
import { createDrawnRenderer } from "./render/drawn-renderer.ts";
import type { EditJob, PixelKit, RenderEdit } from "./render/edit-job.ts";
import { createPixelRenderer } from "./render/render-edit.ts";
import {
  customRenderer,
  DamagedPictureError,
  decodePicture,
  type PaintTurn,
  type Renderer,
} from "./render/renderer.ts";
import { describeParts, type LoggedRequest } from "./request-log.ts";
import { scenarios } from "./scenarios.ts";
import { modelsPath } from "./served-paths.ts";
import type { PaidEdit } from "./success-answers.ts";
import { unreadable, type ValidRequest, validateRequest } from "./validate-request.ts";

/** What handlers and server have in common. */
export interface MockOptions {
  /** A scenario's name, or a script: `rate-limited x2, then ok`. `ok` by default. A request's header wins. */
  scenario?: string;
  /** Wait before each answer, and between streamed events. 0 by default. */
  latencyMs?: number;
  /** The only key that passes. Without it, any bearer token does. */
  apiKey?: string;
  /** Paints the results instead of the built-in renderer; `"drawn"` gives quick placeholders. */
  render?: RenderEdit | "drawn";
  /** Largest request body; 512 MiB by default. */
  maxBodyBytes?: number;
  /** Keeps the bytes of uploaded files in the log. */
  keepBytes?: boolean;
  /** Called once an exchange is over. */
  onRequest?: (entry: LoggedRequest) => void;
}

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

/** What the mock needs from where it runs. */
export interface MockPlatform {
  hasSockets: boolean;
  /** Loads what unpacks and packs pictures; `undefined` where nothing can. */
  loadKit(): Promise<PixelKit | undefined>;
}

const defaultMaxBodyBytes = 512 * 1024 * 1024;

/** Creates the mock: the road of one request from key to answer. */
export function createMock(options: MockOptions, platform: MockPlatform): Mock {
  const requests: LoggedRequest[] = [];
  const chooser = createScenarioChooser(options.scenario ?? "ok", platform.hasSockets);
  const store = createPictureStore();
  const latencyMs = options.latencyMs ?? 0;
  let count = 0;
  let tools: Promise<{ kit: PixelKit | undefined; renderer: Renderer }> | undefined;
  const loadTools = () => {
    tools ??= platform.loadKit().then((kit) => {
      if (typeof options.render === "function") return { kit, renderer: customRenderer(options.render) };
      const drawn = options.render === "drawn" || !kit;
      return { kit, renderer: drawn ? createDrawnRenderer(kit) : createPixelRenderer(kit) };
    });
    return tools;
  };

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

  async function openEdit(valid: ValidRequest, request: MockRequest): Promise<PaidEdit> {
    const { kit, renderer } = await loadTools();
    const job = describeJob(valid);
    if (kit && job.mask && valid.needsHole) await checkHoles(kit, job.mask);
    const paint = await openJob(renderer, job);
    const n = Number(valid.fields["n"] ?? 1);
    return {
      job,
      n,
      responseFormat: valid.fields["response_format"] ?? "b64_json",
      stream: valid.fields["stream"] === "true",
      partialImages: Number(valid.fields["partial_images"] ?? 0),
      fields: valid.fields,
      usage: estimateUsage({ ...job, n, quality: valid.fields["quality"] }),
      created: Math.floor(Date.now() / 1000),
      latencyMs,
      signal: request.signal,
      paint: (index, detail = 1, format) => paint({ index, detail }, format),
      publish: (bytes, mediaType) => request.root + store.add(bytes, mediaType),
    };
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

async function checkHoles(kit: PixelKit, mask: NonNullable<EditJob["mask"]>): Promise<void> {
  const { data } = await decodePicture(kit, mask, "mask").catch(refuseDamaged);
  for (let index = 3; index < data.length; index += 4) if (data[index] === 0) return;
  throw invalidField(
    "mask",
    "invalid_mask_alpha",
    "Invalid 'mask': it has no fully transparent pixel, so nothing would be edited. Make the area to edit transparent.",
  );
}

function openJob(renderer: Renderer, job: EditJob): Promise<PaintTurn> {
  return renderer.open(job).catch(refuseDamaged);
}

function refuseDamaged(error: unknown): never {
  throw error instanceof DamagedPictureError ? unreadable(error.param) : error;
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
