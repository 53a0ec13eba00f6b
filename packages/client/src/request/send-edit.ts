import type { ByteSource } from "../byte-source.ts";
import { resolveSettings } from "../config/resolve-settings.ts";
import { startCall, timeoutOf } from "../config/start-call.ts";
import { createRedactor } from "../create-redactor.ts";
import { encodeMultipart } from "../encode-multipart.ts";
import { InvalidInputError, isHttpError, isRetouchError, type Problem } from "../errors.ts";
import { createFetchTransport } from "../fetch-transport.ts";
import { type GatheredInputs, gatherFacts } from "../gather-facts.ts";
import { guardBody } from "../guard-body.ts";
import type { ModelLimits } from "../limit-types.ts";
import { limitsOf } from "../limits.ts";
import { describeNetworkFailure, describeTimeout, type Kept } from "../network-failure.ts";
import type { EditOptions, ImageClientOptions } from "../options.ts";
import type { Platform } from "../platform.ts";
import { preflight } from "../preflight.ts";
import type { ResultOrigin } from "../result-origin.ts";
import type { Deadline } from "../start-deadline.ts";
import type { TransportResponse } from "../transport.ts";
import type { FailureContext } from "./attempt-errors.ts";
import { listSecrets } from "./collect-secrets.ts";
import { createCarrier } from "./edit-url.ts";
import { formParts } from "./prepare-edit.ts";
import { resolveKey } from "./resolve-key.ts";
import { type Shipment, sendRequest } from "./send-with-retries.ts";

/** Parameters as they are at run time: every model's, checked by preflight rather than by a compiler. */
export type LooseParams = Readonly<Record<string, unknown>>;

/** The head of an answer that was paid for, and all that reading its body takes. */
export interface Arrival {
  readonly response: TransportResponse;
  readonly requestId: string | undefined;
  readonly idempotencyKey: string | undefined;
  readonly warnings: readonly Problem[];
  readonly limits: ModelLimits;
  readonly maxAnswerBytes: number | undefined;
  /** How many pictures were asked for, when `n` was given. */
  readonly requested: number | undefined;
  readonly signal: AbortSignal;
  readonly redact: FailureContext["redact"];
  /** How pictures are fetched that the answer only names. */
  readonly results: ResultOrigin;
  /** Makes the error to throw of one that reading the body ended with. */
  describe(error: unknown, rescued?: Pick<Kept, "rawBody" | "images">): unknown;
  /** Lets go of the deadline and the pictures; called once, when the answer has been read. */
  end(): Promise<void>;
}

/** The road of one edit, up to the door of its answer: what every entry point has in common. */
export interface EditRoad {
  /** Opens and checks everything, and sends nothing. */
  check(params: LooseParams, call: EditOptions, deadline?: Deadline): Promise<readonly Problem[]>;
  /** Opens, checks and sends. `beforeSending` loads what reading the answer will need, before anything is paid for. */
  send(
    params: LooseParams,
    call: EditOptions,
    beforeSending?: () => Promise<unknown>,
    deadline?: Deadline,
  ): Promise<Arrival>;
}

/** Creates the road on an entry point's transport; a given `fetch` always wins. */
export function createEditRoad(runtime: Platform, options: ImageClientOptions): EditRoad {
  const settings = resolveSettings(options, runtime);
  const carry = createCarrier(settings.target);
  const transport =
    (options.fetch ? undefined : runtime.transport) ?? createFetchTransport({ fetch: options.fetch });

  const inspect = async (
    params: LooseParams,
    signal: AbortSignal,
    opened: ByteSource[],
  ): Promise<Inspection> => {
    const inputs = await gatherFacts(params, runtime, signal, opened);
    const { model } = params;
    const limits = limitsOf(typeof model === "string" ? model : undefined);
    const problems = preflight(params, inputs.facts, limits, { host: settings.host, nowMs: Date.now() });
    return { inputs, limits, problems };
  };

  return {
    async check(params, call, deadline = startCall(options, call)) {
      const opened: ByteSource[] = [];
      try {
        return (await deadline.race(inspect(params, deadline.signal, opened))).problems;
      } catch (error) {
        throw deadline.isOver() ? describeTimeout(timeoutOf(options, call), "none", {}) : error;
      } finally {
        deadline.end();
        await closeAll(opened);
      }
    },

    async send(params, call, beforeSending, deadline = startCall(options, call)) {
      const opened: ByteSource[] = [];
      const { idempotencyKey } = call;
      const state: Shipment["state"] = { delivery: "none" };
      const end = async (): Promise<void> => {
        deadline.end();
        await closeAll(opened);
      };
      const describe = (error: unknown, kept: Kept): unknown => {
        if (deadline.isOver() && !isHttpError(error))
          return describeTimeout(timeoutOf(options, call), state.delivery, kept);
        return deadline.signal.aborted && !deadline.isOver() ? deadline.signal.reason : error;
      };
      try {
        const inspecting = inspect(params, deadline.signal, opened);
        const { inputs, limits, problems } = await deadline.race(inspecting);
        if (problems.some(({ severity }) => severity === "error")) throw new InvalidInputError({ problems });
        await deadline.race(beforeSending?.());
        const key = await deadline.race(resolveKey(settings));
        const redact = createRedactor(listSecrets(key, params, settings.target.root, options, call));
        const body = encodeMultipart(formParts(params, inputs, options.dialect?.imageField));
        const { label, isProxy } = settings;
        const context = { redact, idempotencyKey, label, isProxy };
        const model = typeof params["model"] === "string" ? params["model"] : undefined;
        const shipment = { body, key, model, carry, transport, options, call, deadline, context, state };
        const response = await sendRequest(shipment);
        const maxAnswerBytes = call.maxAnswerBytes ?? options.maxAnswerBytes;
        return {
          response: { ...response, headers: response.headers, body: guardBody(response.body, deadline) },
          requestId: state.requestId,
          idempotencyKey,
          warnings: problems,
          limits,
          maxAnswerBytes,
          requested: typeof params["n"] === "number" ? params["n"] : undefined,
          signal: deadline.signal,
          redact,
          results: {
            origin: settings.origin,
            fetch: options.fetch,
            timeoutMs: timeoutOf(options, call),
            maxBytes: maxAnswerBytes ?? 2 ** 30,
            requestId: state.requestId,
          },
          describe(error, rescued) {
            if (isRetouchError(error)) return error;
            const kept = { ...rescued, requestId: state.requestId, idempotencyKey };
            return describe(describeNetworkFailure(error, context, kept), kept);
          },
          end,
        };
      } catch (error) {
        await end();
        throw describe(error, { requestId: state.requestId, idempotencyKey });
      }
    },
  };
}

interface Inspection {
  readonly inputs: GatheredInputs;
  readonly limits: ModelLimits;
  readonly problems: readonly Problem[];
}

async function closeAll(opened: ByteSource[]): Promise<void> {
  // What can not be closed was read already, and the edit does not fail for it.
  await Promise.allSettled(opened.splice(0).map(async (source) => source.close?.()));
}
