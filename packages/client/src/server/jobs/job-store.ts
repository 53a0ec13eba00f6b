/** The stored state of one edit that a proxy runs for a page. It has no prompt and no key; its owner is a hash. */
export interface Job {
  /** 43 characters of base64url, and for a requested cancellation a suffix: safe as a file name. */
  readonly id: string;
  readonly owner: string;
  /** `sent`: upstream may have billed it, whether or not a response follows. */
  readonly status: "accepted" | "sent" | "done";
  /** When the job may be forgotten, in milliseconds since 1970. */
  readonly expiresAt: number;
  /** Until then its process is alive, unless it says so again. */
  readonly leaseUntil: number;
  /** The response for the page, once there is one. */
  readonly response?: JobResponse | undefined;
}

/** The head of a job's response; its body is stored beside it. */
export interface JobResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Whether the body broke off: the page gets what arrived, and a broken connection. */
  readonly isCut: boolean;
}

/** Where a proxy keeps its jobs: {@link memoryJobStore}, `fileJobStore` of `@retouch/client/node`, or your own. */
export interface JobStore {
  /** Adds a job unless its id is taken, and returns whether it did. Of calls at the same time, only one adds. */
  add(job: Job): Promise<boolean>;
  /** Returns a job, or `undefined` if there is none. */
  get(id: string): Promise<Job | undefined>;
  /** Replaces a job, and stores the body of its response if there is one. It survives what `get` survives. */
  put(job: Job, body?: Uint8Array): Promise<void>;
  /** Returns the body of a job's response, or `undefined` if there is none. */
  getBody(id: string): Promise<Uint8Array | undefined>;
  /** Removes a job and its body, if they are there. */
  delete(id: string): Promise<void>;
}

/**
 * Creates a store in the memory of this process. It forgets everything with a restart: a page then gets the outcome
 * `unknown`. Expired jobs are removed with the next one that is added.
 */
export function memoryJobStore(): JobStore {
  const jobs = new Map<string, { readonly job: Job; readonly body: Uint8Array | undefined }>();
  return {
    async add(job) {
      for (const [id, known] of jobs) if (known.job.expiresAt <= Date.now()) jobs.delete(id);
      if (jobs.has(job.id)) return false;
      jobs.set(job.id, { job, body: undefined });
      return true;
    },
    get: async (id) => jobs.get(id)?.job,
    async put(job, body) {
      jobs.set(job.id, { job, body: body ?? jobs.get(job.id)?.body });
    },
    getBody: async (id) => jobs.get(id)?.body,
    delete: async (id) => void jobs.delete(id),
  };
}
