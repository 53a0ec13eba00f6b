import { abortable } from "../async/deadline.ts";
import { encodeBase64 } from "../bytes/base64.ts";
import { openByteSource } from "../media/byte-source.ts";
import { TransportFailure, type TransportRequest, type TransportResponse } from "../transport/transport.ts";
import type { TestImage, TestStep } from "./test-step.ts";
import { tinyPng } from "./tiny-png.ts";

type Failure = Extract<TestStep, { type: "failure" }>;
type Result = Extract<TestStep, { type: "result" }>;

/** Plays the script of one call: what a server and the network would do. A script without an end returns a result. */
export async function playSteps(
  request: TransportRequest,
  script: readonly TestStep[],
  isStream: boolean,
): Promise<TransportResponse> {
  const steps = [...script, { type: "result" } as const];
  const { signal, body, onUploadProgress, onDelivery } = request;
  const totalBytes = body.byteLength;
  let loadedBytes = 0;
  const load = (share: number): void => {
    const next = Math.max(loadedBytes, Math.round(Math.min(1, share) * totalBytes));
    onDelivery?.(next < totalBytes ? "incomplete" : "possible");
    if (next === loadedBytes) return;
    loadedBytes = next;
    onUploadProgress?.({ loadedBytes, totalBytes });
  };
  // Without a progress step, the complete form has been sent.
  if (!script.some(({ type }) => type === "progress")) onDelivery?.("possible");

  for (const [index, step] of steps.entries()) {
    signal.throwIfAborted();
    if (step.type === "progress") load(step.share);
    else if (step.type === "wait") await abortable(step.until, signal);
    else if (step.type === "hang") await abortable(new Promise(() => undefined), signal);
    else if (step.type === "failure") return fail(step, loadedBytes, totalBytes, load);
    else if (isStream) {
      load(1);
      return respond(200, "text/event-stream", streamEvents(steps.slice(index), signal), requestIdOf(steps));
    } else if (step.type === "result") {
      load(1);
      return respond(200, "application/json", once(await encodeResult(step)), step.requestId);
    }
  }
  throw new Error("A script ends with a result.");
}

function requestIdOf(steps: readonly TestStep[]): string | undefined {
  return steps.find((step) => step.type === "result" || step.type === "failure")?.requestId;
}

function fail(
  step: Failure,
  loadedBytes: number,
  totalBytes: number,
  load: (share: number) => void,
): TransportResponse {
  const { outcome, status = outcome === "rejected" ? 400 : undefined, code, message, requestId } = step;
  if (status === undefined) throw cut(outcome, loadedBytes > 0 && loadedBytes < totalBytes);
  load(1);
  const error = { message: message ?? "The script says so.", type: "test", param: null, code: code ?? null };
  return respond(status, "application/json", once(JSON.stringify({ error })), requestId);
}

function cut(outcome: Failure["outcome"], isWithin: boolean): TransportFailure {
  if (outcome !== "not-sent") {
    return new TransportFailure("The script cut the connection.", {
      delivery: "possible",
      code: "connection_reset",
    });
  }
  return isWithin
    ? new TransportFailure("The script cut the connection.", {
        delivery: "incomplete",
        code: "connection_reset",
      })
    : new TransportFailure("The script refused the connection.", {
        delivery: "none",
        code: "connection_refused",
      });
}

async function* streamEvents(steps: readonly TestStep[], signal: AbortSignal): AsyncGenerator<string> {
  let index = 0;
  for (const step of steps) {
    signal.throwIfAborted();
    if (step.type === "wait") await abortable(step.until, signal);
    else if (step.type === "hang") await abortable(new Promise(() => undefined), signal);
    else if (step.type === "failure") throw cut("unknown", false);
    else if (step.type === "partial") {
      const b64_json = await encodeImage(step.image ?? tinyPng());
      yield event({ type: "image_edit.partial_image", partial_image_index: index++, b64_json });
    } else if (step.type === "result") {
      const { data, usage } = JSON.parse(await encodeResult(step)) as { data: object[]; usage?: object };
      for (const image of data) yield event({ type: "image_edit.completed", ...image, usage });
      return;
    }
  }
}

function event(data: { type: string; [field: string]: unknown }): string {
  return `event: ${data.type}\ndata: ${JSON.stringify(data)}\n\n`;
}

async function encodeResult({ images = 1, usage }: Result): Promise<string> {
  const inputs = typeof images === "number" ? Array.from({ length: images }, tinyPng) : images;
  const data = await Promise.all(inputs.map(async (image) => ({ b64_json: await encodeImage(image) })));
  return JSON.stringify({
    created: 0,
    data,
    usage: usage && {
      input_tokens: usage.inputTokens,
      output_tokens: usage.outputTokens,
      total_tokens: usage.totalTokens,
    },
  });
}

async function encodeImage(image: TestImage): Promise<string> {
  const source = openByteSource(image, "images");
  return encodeBase64(await source.slice(0, source.byteLength));
}

async function* once(text: string): AsyncGenerator<string> {
  yield text;
}

function respond(
  status: number,
  contentType: string,
  texts: AsyncGenerator<string>,
  requestId: string | undefined,
): TransportResponse {
  const headers = new Map([["content-type", contentType]]);
  if (requestId !== undefined) headers.set("x-request-id", requestId);
  return {
    status,
    statusText: "",
    headers: { get: (name) => headers.get(name.toLowerCase()) ?? null },
    body: encode(texts),
  };
}

async function* encode(texts: AsyncGenerator<string>): AsyncGenerator<Uint8Array> {
  const encoder = new TextEncoder();
  for await (const text of texts) yield encoder.encode(text);
}
