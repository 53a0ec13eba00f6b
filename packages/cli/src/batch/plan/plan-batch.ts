import type { BatchRunFlags } from "../../arguments/batch-run-flags.ts";
import type { CommandContext } from "../../arguments/command-context.ts";
import type { Server } from "../../edit/connect.ts";
import { usageError } from "../../errors/cli-error.ts";
import type { BatchFiles } from "../../journal/batch-store.ts";
import type { ClaimStore } from "../../journal/claims/claims.ts";
import { type FoldedJournal, foldJournal } from "../../journal/fold-journal.ts";
import type { OwnOutputs } from "../../journal/own-outputs.ts";
import { findResponses, type StoredResponses } from "../../journal/responses.ts";
import type { SavedIndex } from "../../journal/saved-index.ts";
import type { CheckedManifest } from "../manifest/check-manifest.ts";
import { type AdoptedRow, checkExisting } from "./check-existing.ts";
import { findClaimed } from "./find-claimed.ts";
import { printPlan } from "./print-plan.ts";
import { RowSelection, statusOf } from "./select-rows.ts";

/** A manifest that is ready to run, with where its records are. */
export interface Batch {
  readonly checked: CheckedManifest;
  readonly files: BatchFiles;
  readonly server: Server;
  readonly flags: BatchRunFlags;
  /** Absent for the mock, which bills nothing. */
  readonly claims: ClaimStore | undefined;
  readonly outputs: OwnOutputs;
  readonly saved: SavedIndex | undefined;
}

/** What a run will do, by the records as they are now. */
export interface BatchPlan {
  readonly history: FoldedJournal;
  readonly responses: StoredResponses;
  readonly selection: RowSelection;
  /** Rows whose request is unresolved elsewhere, or that may be billed. */
  readonly unknown: ReadonlySet<number>;
  readonly adopted: readonly AdoptedRow[];
  /** Returns the rows of a status that this run works on: all, or those that `batch retry` names. */
  chosen(status: "send" | "finish"): Generator<number>;
  /** The rows among them whose task the server still has. */
  readonly pending: readonly number[];
  /** Returns whether this run works on a row. */
  isChosen(index: number): boolean;
}

/** Reads the records of a manifest and decides what to do with each row. */
export async function planBatch(batch: Batch, context: CommandContext): Promise<BatchPlan> {
  const { checked, files, flags, claims, saved } = batch;
  const { rows } = checked;
  const { system } = context;
  const only = chosenRows(batch);
  const isChosen = (index: number) => only === undefined || only.has(index);
  const history = await foldJournal(files.journal, undefined, system);
  const responses = await findResponses(files.directory, system);
  const { inFlight, unresolved } = await findClaimed(claims, history, flags, system);
  const retryNone = { retryFailed: false, retryUnknown: false };
  const isNew = history.size === 0 && inFlight.size === 0 && unresolved.size === 0;
  const selection = new RowSelection(rows, (index) => {
    if (isNew) return "send";
    const state = history.stateOfKey(rows.keys, index);
    // Most rows of a large manifest are saved, and need no text of their key.
    if (state?.phase === "saved") return "saved";
    const key = rows.keyOf(index);
    const facts = {
      hasResponse: responses.has(key),
      inFlight: inFlight.has(key),
      isClaimed: unresolved.size > 0 && unresolved.has(rows.requestOf(index)),
    };
    return statusOf(state, facts, isChosen(index) ? flags : retryNone);
  });
  function* chosen(status: "send" | "finish"): Generator<number> {
    for (const index of selection.with(status)) if (isChosen(index)) yield index;
  }
  const unknown = new Set(selection.with("unknown"));
  const pending = [...unknown].filter(
    (index) =>
      isChosen(index) &&
      history.stateOfKey(rows.keys, index)?.phase === "pending" &&
      !inFlight.has(rows.keyOf(index)),
  );
  const adopted = await checkExisting(checked, selection, chosen("send"), { history, saved, flags }, context);
  return { history, responses, selection, unknown, pending, adopted, chosen, isChosen };
}

/** Returns the rows that `batch retry` names, by their id or by the key that `recover --list` shows. */
function chosenRows({
  checked: { rows },
  flags: { only, manifest },
}: Batch): ReadonlySet<number> | undefined {
  if (only === undefined) return undefined;
  const chosen = new Set<number>();
  for (const id of only) {
    const index = Math.max(rows.indexOfId(id), rows.indexOf(id));
    if (index === -1)
      throw usageError(
        `\`${id}\` is not a row of ${manifest}. Give the \`id\` of a row, or \`line N\` if it has none.`,
      );
    chosen.add(index);
  }
  return chosen;
}

/** Prints what a run would do. */
export async function dryRunBatch(batch: Batch, context: CommandContext): Promise<number> {
  const { selection } = await planBatch(batch, context);
  return printPlan(batch.checked, selection, context);
}
