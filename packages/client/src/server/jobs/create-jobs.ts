// Over 220 lines: one closure over the jobs in progress, and the contract of each method.
import type { PageRequest } from "../page-request.ts";
import { ProxyError } from "../proxy-error.ts";
import { ownHeaders } from "../response/own-headers.ts";
import { interrupted, notFound, throwUnavailable } from "./job-errors.ts";
import { cancelSuffix, hash, isReference, jobId, randomId } from "./job-id.ts";
import type { JobOptions } from "./job-options.ts";
import { keepRecord, leaseMs } from "./job-record.ts";
import { acceptedResponse, canceledResponse, readResponse, replay } from "./job-response.ts";
import type { Job, JobResponse } from "./job-store.ts";
import type { LiveBody } from "./live-body.ts";

const defaultTtlMs = 3_600_000;
/** How long a request waits for the response of a job: below the limit of every gateway. */
const longPollMs = 25_000;
/** How long an attempt that was canceled before it arrived is refused: a form on its way arrives sooner, or never. */
const refusedMs = 600_000;
/** How often a job of another process is looked at. */
const lookMs = 1_000;

/** Runs an edit: calls `beforeSending` before it is sent, and resolves with the response for the page. Never rejects. */
type RunJob = (signal: AbortSignal, beforeSending: () => Promise<void>) => Promise<Response>;

/** The jobs of one handler. */
export interface Jobs {
  /** Returns who sent a request. */
  ownerOf(request: Request): Promise<string>;
  /** Runs an edit. Responds once it is about to be sent, or with the response of one that is not sent. */
  start(request: Pick<PageRequest, "headers" | "signal">, owner: string, run: RunJob): Promise<Response>;
  /**
   * Responds with the response of a job, or with 202 when it takes longer.
   *
   * @param isLive Whether the events of a job in this process are sent while they arrive: the page asks again, and gets all
   * of them, if the connection breaks.
   */
  collect(reference: string, owner: string, signal: AbortSignal, isLive?: boolean): Promise<Response>;
  /**
   * Cancels a job in progress; removes the images of one that is done.
   *
   * @param isAttempt Whether the page has not seen the job accepted: if it is not known yet, its form is refused later.
   */
  cancel(reference: string, owner: string, isAttempt: boolean): Promise<Response>;
}

interface LiveJob {
  readonly controller: AbortController;
  /** Resolves once the job has a response, or was removed. */
  readonly done: Promise<void>;
  /** Resolves once its first event can be sent, or it is done. */
  readonly begun: Promise<void>;
  live?: LiveBody;
  /** Kept until it is stored: of a store that fails, until this process ends. */
  result?: { readonly response: JobResponse; readonly body: Uint8Array };
}

export function createJobs({ store, owner, waitUntil, ttlMs = defaultTtlMs }: JobOptions): Jobs {
  const live = new Map<string, LiveJob>();

  return {
    async ownerOf(request) {
      const found: unknown = await owner(request);
      if (typeof found === "string" && found !== "") return found;
      throw new ProxyError(401, "not_authorized", "You may not edit images here. Sign in, then try again.");
    },

    async start(request, owner, run) {
      const attempt = request.headers.get("x-retouch-attempt");
      const known = attempt !== null && isReference(attempt) ? await jobId(owner, attempt) : undefined;
      const id = known ?? randomId();
      const job: Job = {
        id,
        owner: await hash(owner),
        status: "accepted",
        expiresAt: Date.now() + ttlMs,
        leaseUntil: Date.now() + leaseMs,
      };
      // The id of an attempt is taken: the browser has sent the form again, and the page waits for the first.
      if (!(await store.add(job).catch(throwUnavailable))) return acceptedResponse(id);
      const controller = new AbortController();
      let end: () => void = () => undefined;
      let begin: () => void = () => undefined;
      const entry: LiveJob = {
        controller,
        begun: new Promise((resolve) => {
          begin = resolve;
        }),
        done: new Promise((resolve) => {
          end = resolve;
        }),
      };
      try {
        // Before anything is sent: where it throws, the process may end with the response.
        waitUntil?.(entry.done);
      } catch (error) {
        await store.delete(id);
        throw error;
      }
      live.set(id, entry);
      const record = keepRecord(job, store, () => controller.abort());
      let isSent = false;
      let accept: () => void = () => undefined;
      const accepted = new Promise<void>((resolve) => {
        accept = resolve;
      });
      const running = run(controller.signal, async () => {
        await record.put({ status: "sent" }).catch(throwUnavailable);
        isSent = true;
        accept();
      });
      const finish = async (): Promise<void> => {
        try {
          const response = await running;
          const onLive = (live: LiveBody): void => {
            entry.live = live;
            begin();
          };
          if (isSent) entry.result = await readResponse(response, controller.signal.aborted, onLive);
          record.stopHeartbeat();
          if (entry.result === undefined) return await record.delete();
          await record.put({ status: "done", response: entry.result.response }, entry.result.body);
          live.delete(id);
        } catch {
          // The response stays in memory: it may be the only copy of a billed image.
        } finally {
          record.stopHeartbeat();
          if (entry.result === undefined) live.delete(id);
          end();
          begin();
        }
      };
      void finish();
      // Without an attempt, only this response has the id: a page that is gone before it could never collect the image.
      const abandon = (): void => controller.abort(request.signal.reason);
      if (known === undefined && request.signal.aborted) abandon();
      else if (known === undefined) request.signal.addEventListener("abort", abandon, { once: true });
      const first = await Promise.race([accepted, running]);
      request.signal.removeEventListener("abort", abandon);
      return first ?? acceptedResponse(id);
    },

    async collect(reference, owner, signal, isLive = false) {
      const until = Date.now() + longPollMs;
      while (true) {
        const job = await find(reference, owner);
        const entry = live.get(job.id);
        if (entry?.result !== undefined) return replay(entry.result.response, entry.result.body);
        if (isLive && entry?.live !== undefined) return entry.live.respond();
        if (job.response !== undefined)
          return replay(job.response, (await store.getBody(job.id)) ?? new Uint8Array());
        if (entry === undefined && job.leaseUntil <= Date.now()) throw interrupted(job);
        const remainingMs = until - Date.now();
        if (remainingMs <= 0 || signal.aborted) return acceptedResponse(job.id);
        const happening = isLive ? entry?.begun : entry?.done;
        await waitFor(happening, entry === undefined ? Math.min(lookMs, remainingMs) : remainingMs, signal);
      }
    },

    async cancel(reference, owner, isAttempt) {
      if (isAttempt && (await refuseAttempt(reference, owner))) return done();
      const job = await find(reference, owner);
      const entry = live.get(job.id);
      if (entry !== undefined && entry.result === undefined) {
        entry.controller.abort(new DOMException("The page canceled the edit.", "AbortError"));
        await entry.done;
      } else if (entry === undefined && job.status !== "done" && job.leaseUntil > Date.now()) {
        await store.add({ ...job, id: `${job.id}${cancelSuffix}` });
        return acceptedResponse(job.id);
      } else {
        // Its response may be being stored, which would bring it back.
        await entry?.done;
        // Not deleted: the same attempt must not be accepted again.
        const outcome = job.status === "accepted" ? "not-sent" : "unknown";
        const { response, body } = await readResponse(canceledResponse(outcome), false);
        await store.put({ ...job, status: "done", response }, body);
        live.delete(job.id);
      }
      return done();
    },
  };

  /** Takes the id of an attempt that has not arrived yet. Returns false when it has. */
  async function refuseAttempt(attempt: string, owner: string): Promise<boolean> {
    if (!isReference(attempt)) return false;
    const { response, body } = await readResponse(canceledResponse("not-sent"), false);
    const job: Job = {
      id: await jobId(owner, attempt),
      owner: await hash(owner),
      status: "done",
      expiresAt: Date.now() + Math.min(ttlMs, refusedMs),
      leaseUntil: 0,
      response,
    };
    const isRefused = await store.add(job);
    if (isRefused) await store.put(job, body);
    return isRefused;
  }

  async function find(reference: string, owner: string): Promise<Job> {
    if (isReference(reference)) {
      const ownerHash = await hash(owner);
      for (const id of [reference, await jobId(owner, reference)]) {
        const job = await store.get(id);
        if (job?.owner === ownerHash && job.expiresAt > Date.now()) return job;
      }
    }
    throw notFound();
  }
}

function done(): Response {
  return new Response(null, { status: 204, headers: ownHeaders });
}

function waitFor(done: Promise<void> | undefined, ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      signal.removeEventListener("abort", end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal.addEventListener("abort", end);
    void done?.then(end);
  });
}
