import { ProxyError } from "../proxy-error.ts";
import { ownHeaders } from "../response/own-headers.ts";
import { cancelSuffix, hash, isReference, jobId, randomId } from "./job-id.ts";
import type { JobOptions } from "./job-options.ts";
import { acceptedResponse, canceledResponse, readResponse, replay } from "./job-response.ts";
import type { Job, JobResponse } from "./job-store.ts";

const defaultTtlMs = 3_600_000;
/** A process says this often that it is alive, and is taken for dead after the lease. */
const heartbeatMs = 5_000;
const leaseMs = 20_000;
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
  start(request: Request, owner: string, run: RunJob): Promise<Response>;
  /** Responds with the response of a job, or with 202 when it takes longer. */
  collect(reference: string, owner: string, signal: AbortSignal): Promise<Response>;
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
      let job: Job = {
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
      const entry: LiveJob = {
        controller,
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
      let writing: Promise<unknown> = Promise.resolve();
      /** Writes one after the other: a heartbeat that takes long must not replace what follows it. */
      const inOrder = (write: () => Promise<void>): Promise<void> => {
        const written = writing.then(write);
        writing = written.catch(() => undefined);
        return written;
      };
      const put = (change: Partial<Job>, body?: Uint8Array): Promise<void> => {
        const changed = { ...job, leaseUntil: Date.now() + leaseMs, ...change };
        job = changed;
        return inOrder(() => store.put(changed, body));
      };
      let isEnded = false;
      let isSent = false;
      let accept: () => void = () => undefined;
      const accepted = new Promise<void>((resolve) => {
        accept = resolve;
      });
      const running = run(controller.signal, async () => {
        await put({ status: "sent" }).catch(throwUnavailable);
        isSent = true;
        accept();
      });
      const heartbeat = setInterval(async () => {
        try {
          if ((await store.get(`${id}${cancelSuffix}`)) !== undefined) controller.abort();
          if (!isEnded) await put({});
        } catch {
          // The next one may succeed; without any, the outcome is `unknown` to other processes.
        }
      }, heartbeatMs);
      // Node's timers hold the process; those of other runtimes are numbers.
      (heartbeat as { unref?(): unknown }).unref?.();
      const finish = async (): Promise<void> => {
        try {
          const response = await running;
          if (isSent) entry.result = await readResponse(response, controller.signal.aborted);
          isEnded = true;
          if (entry.result === undefined) return await inOrder(() => store.delete(id));
          await put({ status: "done", response: entry.result.response }, entry.result.body);
          live.delete(id);
        } catch {
          // The response stays in memory: it may be the only copy of a billed image.
        } finally {
          clearInterval(heartbeat);
          if (entry.result === undefined) live.delete(id);
          end();
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

    async collect(reference, owner, signal) {
      const until = Date.now() + longPollMs;
      while (true) {
        const job = await find(reference, owner);
        const entry = live.get(job.id);
        if (entry?.result !== undefined) return replay(entry.result.response, entry.result.body);
        if (job.response !== undefined)
          return replay(job.response, (await store.getBody(job.id)) ?? new Uint8Array());
        if (entry === undefined && job.leaseUntil <= Date.now()) throw interrupted(job);
        const remainingMs = until - Date.now();
        if (remainingMs <= 0 || signal.aborted) return acceptedResponse(job.id);
        await waitFor(entry?.done, entry === undefined ? Math.min(lookMs, remainingMs) : remainingMs, signal);
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
    const message =
      "This edit is not known here, or no longer. If it was sent, it may have been billed: look it up at the provider.";
    throw new ProxyError(404, "job_not_found", message, { outcome: "unknown" });
  }
}

function done(): Response {
  return new Response(null, { status: 204, headers: ownHeaders });
}

function interrupted({ status }: Job): ProxyError {
  return status === "accepted"
    ? new ProxyError(
        502,
        "job_interrupted",
        "The server stopped before it sent this edit. Nothing was billed.",
      )
    : new ProxyError(
        502,
        "job_interrupted",
        "The server stopped while this edit was at the provider. It may have been billed, and is not sent again.",
        { outcome: "unknown" },
      );
}

function throwUnavailable(cause: unknown): never {
  const message = "The server could not store this edit, so nothing was sent. See the server's log.";
  throw new ProxyError(503, "jobs_unavailable", message, { cause });
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
