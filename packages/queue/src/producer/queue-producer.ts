import type {
  BatchCounts,
  CheckedManifest,
  EditReport,
  RowStatus,
  Server,
  System,
} from "@retouch/cli/journal";
import type { Hold } from "../ledger/holds.ts";
import type { RowEnd } from "../ledger/ledger.ts";
import type { Storage } from "../storage/storage.ts";
import type { RunBudget } from "./run-budget.ts";

/** Options of {@link createQueueProducer}. */
export interface QueueProducerOptions {
  /** `redis://` or `rediss://` URL. */
  readonly redis: string;
  /** Name of the queue; `retouch` by default. */
  readonly queue?: string | undefined;
  /** Path of the manifest, inside `root`. */
  readonly manifest: string;
  /** The server that the workers send to, by `connect` of `@retouch/cli/journal`; nothing is sent to it from here. */
  readonly server: Server;
  /** The folder that the workers have as their storage, as it is mounted here; the manifest's by default. */
  readonly root?: string | undefined;
  /**
   * The storage of the workers, if it is not a folder: the manifest and its inputs, which are here, are put into it. What is
   * there is not overwritten.
   */
  readonly upload?: Storage | undefined;
  /** Values of rows that have none of their own. */
  readonly defaults?:
    | {
        readonly model?: string | undefined;
        readonly prompt?: string | undefined;
        readonly output?: string | undefined;
      }
    | undefined;
  /** Where images are written, inside `root`; the manifest's folder by default. */
  readonly outDir?: string | undefined;
  /** Puts each result into its original: only pixels inside the mask change. */
  readonly pasteBack?: boolean | undefined;
  /** With `pasteBack`: sends only the surroundings of the mask. */
  readonly crop?: boolean | undefined;
  /** Overwrites existing outputs. */
  readonly force?: boolean | undefined;
  /** Leaves out rows whose output exists. */
  readonly skipExisting?: boolean | undefined;
  /** Leaves out invalid rows instead of rejecting the manifest. */
  readonly skipInvalid?: boolean | undefined;
  /** Sends rows again that were rejected, and not billed. */
  readonly retryFailed?: boolean | undefined;
  /** Sends rows again that may be billed already. */
  readonly retryUnknown?: boolean | undefined;
  /**
   * Sends rows again whose edit was billed and whose image could not be stored, because the machine that has it is gone: they
   * are billed again. Without it, a row of these that `only` names is refused.
   */
  readonly retryUnwritten?: boolean | undefined;
  /** The `id`, or the row key, of rows that are sent again, failed or unknown; saved ones are not, and no other row is. */
  readonly only?: readonly string[] | undefined;
  /**
   * Budget over all workers, in US dollars, with what the run has cost so far. Without it, the budget stays that an earlier
   * producer of the run has set.
   */
  readonly maxUsd?: number | undefined;
  /** Removes the budget that an earlier producer of the run has set, also for one that still feeds it. */
  readonly liftBudget?: boolean | undefined;
  /** Rows that are in Redis at a time; 1000 by default. */
  readonly window?: number | undefined;
  /** Puts the fields of rows into Redis, prompts included, so that workers need not read the manifest. */
  readonly storePrompts?: boolean | undefined;
  /** Accepts a Redis that may forget in a power cut what was sent. */
  readonly acceptRedisLoss?: boolean | undefined;
  /** Called with each event, in order. */
  readonly onEvent?: ((event: QueueProducerEvent) => void) | undefined;
  /** Its surroundings; the real ones by default. */
  readonly system?: System | undefined;
}

/** A row that has ended. */
export interface EndedQueueRow {
  readonly key: string;
  readonly line: number;
  /** The `id` in the manifest, or its line. */
  readonly id: string;
  readonly end: RowEnd;
  /** Whether it was sent while this producer ran. */
  readonly sent: boolean;
  /** Whether a request left a worker: a row that failed without it was never sent. */
  readonly wasPosted: boolean;
  readonly code?: string | undefined;
  readonly message?: string | undefined;
  /** At most, in US dollars. */
  readonly usd?: number | undefined;
  /** Names of its images, in the storage. */
  readonly files: readonly string[];
  /** What the server says of it. */
  readonly usage?: EditReport["usage"];
  readonly requestId?: string | undefined;
  readonly worker?: string | undefined;
}

/** What a producer reports. */
export type QueueProducerEvent =
  | { readonly type: "queued"; readonly rows: number }
  | ({ readonly type: "ended" } & EndedQueueRow)
  /** Workers put rows back instead of sending them; reported once for each reason. */
  | { readonly type: "put-back"; readonly code: string; readonly message: string; readonly worker: string }
  /** The budget that applies: once at the start, if there is or was one, and when another producer changes it. */
  | ({ readonly type: "budget" } & RunBudget)
  /** Nothing is sent by any worker: a server asked to wait for long, or a person paused the queue. Reported once for each. */
  | { readonly type: "held"; readonly hold: Hold }
  /** No worker is connected to the queue, so nothing is sent. */
  | { readonly type: "no-workers" }
  | { readonly type: "redis-lost" | "redis-back" }
  /** Counts have changed. */
  | { readonly type: "changed" };

/** Why a producer has ended: `done` if each row that it works on has ended. */
export type ProducerEnd = "done" | "stopped" | "over-budget" | "refused";

/** A manifest that is being fed to a queue. */
export interface QueueProducer {
  /** Id of the run: of the manifest and its settings. */
  readonly run: string;
  /** The manifest as it was checked. */
  readonly manifest: CheckedManifest;
  /** Rows by their state, and the cost of the run; both change while it goes on. */
  readonly counts: BatchCounts;
  /** Rows of a status that this producer does not work on, because they are not named. */
  countOthers(status: RowStatus): number;
  /** Resolves when nothing more is to be done; rejects if Redis or the manifest fails. */
  readonly ended: Promise<ProducerEnd>;
  /** Feeds no more rows; those in the queue go on. Returns how many these are. */
  stop(): number;
  /** Stops and closes its connections. */
  close(): Promise<void>;
}
