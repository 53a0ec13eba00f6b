import { type BatchRunFlags, readBatchRunFlags } from "../arguments/batch-run-flags.ts";
import type { CommandContext } from "../arguments/command-context.ts";
import { checkManifest } from "../batch/manifest/check-manifest.ts";
import { type Batch, dryRunBatch } from "../batch/plan/plan-batch.ts";
import { refuseBadRows } from "../batch/plan/refuse-run.ts";
import { runLocked } from "../batch/run/run-batch.ts";
import { readConnectionFlags } from "../config/connection-flags.ts";
import { connect } from "../edit/connect.ts";
import { batchFiles, markerPlaces, markManifest } from "../journal/batch-store.ts";
import { openClaims } from "../journal/claims/claims.ts";
import { takeLock } from "../journal/claims/run-lock.ts";
import { openOwnOutputs } from "../journal/own-outputs.ts";
import { openSavedIndex } from "../journal/saved-index.ts";
import { resolvedByJournal } from "../journal/unfinished-edits.ts";

/** Retries of a 429 per row; the rate limiter pauses every worker meanwhile. */
const maxRetriesPerRow = 5;

/** Runs `retouch batch run`. */
export async function runBatch(context: CommandContext): Promise<number> {
  return runManifest(readBatchRunFlags(context.parsed), context);
}

/** Runs `retouch batch retry`: sends only some rows, also those that may be billed already. */
export async function retryRows(context: CommandContext): Promise<number> {
  const only = new Set(context.parsed.operands.slice(1));
  const flags = { ...readBatchRunFlags(context.parsed), retryFailed: true, retryUnknown: true, only };
  return runManifest(flags, context);
}

async function runManifest(flags: BatchRunFlags, context: CommandContext): Promise<number> {
  const { manifest, defaults, outDir, pasteBack, crop, force } = flags;
  const { system } = context;
  const server = await connect(readConnectionFlags(context.parsed), context, {
    maxRetries: maxRetriesPerRow,
  });
  try {
    const model = defaults.model ?? context.env["RETOUCH_MODEL"];
    const settings = { outDir, defaults: { ...defaults, model }, pasteBack, crop, force };
    const checked = await checkManifest(manifest, settings, server, system);
    refuseBadRows(checked, flags, context);
    const files = await batchFiles(manifest, server.isMock, system);
    const open = (places: { readonly claims: string[]; readonly saved: string[] }): Batch => ({
      checked,
      files,
      server,
      flags,
      claims: server.isMock ? undefined : openClaims(places.claims, resolvedByJournal(system), system),
      outputs: openOwnOutputs(places.saved, system),
      saved: server.isMock ? undefined : openSavedIndex(places.saved, system),
    });
    if (flags.dryRun) return await dryRunBatch(open(markerPlaces(files, true, system)), context);
    server.requireKey();
    const lock = await takeLock(
      files.lock,
      {
        what: manifest,
        takeOver: flags.takeOver,
        takeOverFlag: "--take-over",
      },
      system,
    );
    try {
      return await runLocked(open(await markManifest(manifest, files, system)), lock, context);
    } finally {
      await lock.release();
    }
  } finally {
    await server.close();
  }
}
