/** What a job of the queue says of a row. It has no prompt, no key and no credentials. */
export interface RowJob {
  /** The run it belongs to: a manifest with its settings, see {@link RunSettings}. */
  readonly run: string;
  /** The row key: of the request, the row's `id` and its output. The id of the job is made from it. */
  readonly key: string;
  /** Number of the line in the manifest, from 1. */
  readonly line: number;
  /** Byte range of the line in the manifest, so that a worker reads only that. */
  readonly start: number;
  readonly end: number;
  /** The fields of the row, with `--store-prompts`; otherwise the worker reads the manifest. */
  readonly fields?: Readonly<Record<string, unknown>> | undefined;
}

/** What all jobs of a run share; a producer stores it in Redis before it adds the first of them. */
export interface RunSettings {
  /** The manifest as workers find it: a path in the shared folder, relative to it, or a key below the bucket's prefix. */
  readonly manifest: string;
  readonly manifestSha256: string;
  /** What producers and workers must agree on: a worker for another server refuses the run. */
  readonly serverKey: string;
  readonly defaults: {
    readonly model?: string | undefined;
    readonly prompt?: string | undefined;
    readonly output?: string | undefined;
  };
  readonly outDir?: string | undefined;
  readonly pasteBack: boolean;
  readonly crop: boolean;
  readonly force: boolean;
  /** One budget over all workers, in US dollars. */
  readonly maxUsd?: number | undefined;
  /** When a producer set the budget, in ISO 8601. */
  readonly maxUsdSince?: string | undefined;
}
