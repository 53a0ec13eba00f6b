import type { MultipartBody } from "../encode-multipart.ts";
import { isHttpError, isInvalidInputError, type RetouchError } from "../errors.ts";
import { describeNetworkFailure } from "../network-failure.ts";
import type { EditOptions, ImageClientOptions, RequestEvent } from "../options.ts";
import { readCapped } from "../read-capped.ts";
import { readRequestId } from "../request-id.ts";
import { safeText } from "../safe-text.ts";
import type { Deadline } from "../start-deadline.ts";
import { tell } from "../tell.ts";
import type { Delivery, Transport, TransportResponse } from "../transport.ts";
import { describeHttpFailure, type FailureContext } from "./attempt-errors.ts";
import { type Carrier, isSuccess } from "./edit-url.ts";
import { decideRetry, readShouldRetry } from "./retry-policy.ts";

/** One edit on its way. */
export interface Shipment {
  readonly body: MultipartBody;
  readonly key: string | undefined;
  readonly model: string | undefined;
  readonly carry: Carrier;
  readonly transport: Transport;
  readonly options: ImageClientOptions;
  readonly call: EditOptions;
  readonly deadline: Deadline;
  readonly context: FailureContext;
  /** How much of the current attempt the server can hold: what an interruption makes its outcome of. */
  readonly state: { delivery: Delivery; requestId?: string | undefined };
}

const maxErrorBytes = 1_048_576;
const maxErrorMs = 5_000;

/** Sends the form until it is answered: the one loop, which tries again only what can not have made a picture. */
export async function sendRequest(shipment: Shipment): Promise<TransportResponse> {
  const { options, call, deadline } = shipment;
  for (let attempt = 1; ; attempt++) {
    const { response, error, shouldRetry } = await sendOnce(shipment, attempt);
    if (response) return response;
    const delayMs = decideRetry({
      attempt,
      maxRetries: call.maxRetries ?? options.maxRetries ?? 2,
      remainingMs: deadline.remainingMs(),
      outcome: error.outcome,
      ...(isHttpError(error) && {
        status: error.status,
        code: error.code,
        type: error.type,
        retryAfterMs: error.retryAfterMs,
      }),
      shouldRetry,
    });
    if (delayMs === undefined) throw error;
    const { outcome, code, requestId } = error;
    const status = isHttpError(error) ? error.status : undefined;
    tell(options.onRetry, { attempt, delayMs, status, code, outcome, requestId });
    await deadline.sleep(delayMs);
  }
}

type Attempt =
  | { readonly response: TransportResponse; readonly error?: undefined; readonly shouldRetry?: undefined }
  | {
      readonly response?: undefined;
      readonly error: RetouchError;
      readonly shouldRetry?: boolean | undefined;
    };

async function sendOnce(shipment: Shipment, attempt: number): Promise<Attempt> {
  const { body, options, call, deadline, context, state } = shipment;
  const headers = headersOf(shipment);
  const { byteLength } = body;
  const { idempotencyKey } = call;
  const headerNames = Object.keys(headers);
  const event: RequestEvent = {
    attempt,
    method: "POST",
    model: shipment.model,
    headerNames,
    byteLength,
    idempotencyKey,
  };
  await deadline.race(options.onRequest?.(event));
  await deadline.race(call.onRequest?.(event));
  const startedAt = performance.now();
  let response: TransportResponse;
  // Until the transport says otherwise, nobody can tell what has left.
  state.delivery = "possible";
  state.requestId = undefined;
  try {
    response = await deadline.race(
      shipment.carry(headers, (url, joined) =>
        shipment.transport({
          url,
          headers: joined,
          body,
          signal: deadline.signal,
          onUploadProgress: call.onUploadProgress && ((progress) => tell(call.onUploadProgress, progress)),
          onDelivery(delivery) {
            state.delivery = delivery;
          },
        }),
      ),
    );
  } catch (error) {
    // A picture that can not be read any more is none the better for another attempt.
    if (deadline.signal.aborted || isInvalidInputError(error)) throw error;
    state.delivery = "none";
    return { error: describeNetworkFailure(error, context) };
  }
  state.delivery = "possible";
  const requestId = readRequestId(response.headers);
  state.requestId = requestId && context.redact(requestId);
  tell(options.onResponse, {
    attempt,
    status: response.status,
    requestId: state.requestId,
    contentType: safeText(response.headers.get("content-type"), 80),
    durationMs: performance.now() - startedAt,
  });
  if (isSuccess(response)) return { response };
  const explanation = await deadline
    .race(readCapped(response.body, maxErrorBytes, maxErrorMs))
    .catch((error) => {
      // The status is an answer, with or without its explanation.
      if (deadline.isOver()) return new Uint8Array();
      throw error;
    });
  const error = describeHttpFailure(response, explanation, context);
  state.delivery = error.outcome === "unknown" ? "possible" : "none";
  return { error, shouldRetry: readShouldRetry(response.headers) };
}

function headersOf({ body, key, options, call }: Shipment): Readonly<Record<string, string>> {
  const headers: Record<string, string> = key === undefined ? {} : { authorization: `Bearer ${key}` };
  for (const given of [options.headers, call.headers]) {
    // One spelling, or both a client's `Authorization` and a call's `authorization` would be sent.
    for (const [name, value] of Object.entries(given ?? {})) headers[name.toLowerCase()] = value;
  }
  if (call.idempotencyKey !== undefined) headers["idempotency-key"] = call.idempotencyKey;
  headers["content-type"] = body.contentType;
  return headers;
}
