import path from "node:path";
import {
  type BatchRow,
  CliError,
  createFileHasher,
  createInputCache,
  createOutsideFinder,
  createRowCheck,
  cropRow,
  exitCodes,
  hashFile,
  inputNames,
  isCsv,
  readRow,
  readRowAt,
  type Server,
  type System,
} from "@retouch/cli/journal";
import type { RowJob, RunSettings } from "../jobs/row-job.ts";
import type { Storage } from "../storage/storage.ts";
import { createInputs } from "./input-copies.ts";

/** A row that passed every check, with its inputs on this machine. */
export interface LoadedRow {
  readonly row: BatchRow;
  /** Forgets its inputs. */
  release(): Promise<void>;
}

/** Reads rows from the manifest or the job and runs preflight on them. Nothing is sent. */
export type LoadRow = (
  job: RowJob,
  settings: RunSettings,
  outbox: string,
  signal: AbortSignal,
) => Promise<LoadedRow>;

/**
 * Creates the loader of a worker. It remembers manifests that have the contents that their producer checked; `copies` is
 * the directory of inputs of a storage that is not on this machine.
 */
export function createRowLoader(
  server: Server,
  storage: Storage,
  copies: string,
  system: System,
): { readonly load: LoadRow; close(): Promise<void> } {
  const inputs = createInputs(storage, copies, system);
  const lookAt = createInputCache(createFileHasher(system.files), system.files);
  const check = createRowCheck(server, lookAt);
  const manifests = new Map<string, Promise<string>>();

  async function fetchManifest({ manifest, manifestSha256 }: RunSettings): Promise<string> {
    const file = await inputs.download(manifest);
    if ((await hashFile(file, system.files)) === manifestSha256) return file;
    throw changed(`${manifest} in ${storage.name} is not the manifest of the run: it was changed.`);
  }

  function manifestOf(settings: RunSettings): Promise<string> {
    const id = `${settings.manifestSha256} ${settings.manifest}`;
    const known = manifests.get(id);
    if (known !== undefined) return known;
    const fetching = fetchManifest(settings);
    manifests.set(id, fetching);
    fetching.catch(() => manifests.delete(id));
    return fetching;
  }

  async function loadOnce(
    reused: string[],
    ...[job, settings, outbox, signal]: Parameters<LoadRow>
  ): Promise<LoadedRow> {
    const { line, fields, start, end } = job;
    const manifestDirectory = path.posix.dirname(settings.manifest);
    const raw =
      fields === undefined
        ? await readRowAt(await manifestOf(settings), { line, start, end }, system.files)
        : { line, fields, start, end };
    if ("message" in raw) throw invalid(line, raw.message);
    const isCsvRow = isCsv(settings.manifest);
    const acquired: string[] = [];
    const release = async () => {
      for (const name of acquired.splice(0)) await inputs.release(name).catch(() => undefined);
    };
    try {
      for (const name of inputNames(raw, isCsvRow)) {
        const full = path.posix.join(manifestDirectory, name);
        const isReused = await inputs.acquire(full, signal);
        acquired.push(full);
        if (isReused) reused.push(full);
      }
      const directory = path.join(inputs.directory, manifestDirectory);
      const outDirectory = path.join(outbox, settings.outDir ?? manifestDirectory);
      const { defaults, pasteBack, crop } = settings;
      const row = await readRow(raw, {
        defaults,
        pasteBack,
        crop,
        // Only of this row; the storage decides whether an image may be overwritten.
        force: true,
        directory,
        outDirectory,
        isCsv: isCsvRow,
        server: server.client.serverKey,
        lookAt,
        findOutside: createOutsideFinder(outDirectory, system.files),
        system,
      });
      if (!("key" in row)) throw invalid(line, row.join(" "));
      if (row.key !== job.key)
        throw changed(`Line ${line} of ${settings.manifest}, or an input of it, was changed during the run.`);
      const { problem } = await check(row);
      if (problem !== undefined) throw invalid(line, problem);
      for (const output of row.outputs) await system.files.makeDirectory(path.dirname(output));
      return { row: { ...row, job: await cropRow(row) }, release };
    } catch (error) {
      await release();
      throw error;
    }
  }

  return {
    async load(...given) {
      const reused: string[] = [];
      try {
        return await loadOnce(reused, ...given);
      } catch (error) {
        if (reused.length === 0 || given[3].aborted) throw error;
        // They were copied for an earlier row; the storage may have other versions by now.
        for (const name of reused) await inputs.forget(name);
        return await loadOnce([], ...given);
      }
    },
    async close() {
      for (const fetching of manifests.values())
        await fetching.then((file) => storage.release(file)).catch(() => undefined);
      await inputs.close();
    },
  };
}

function invalid(line: number, message: string): CliError {
  return new CliError(`Line ${line}: ${message}`, { exitCode: exitCodes.usage, code: "invalid_row" });
}

function changed(what: string): CliError {
  return new CliError(`${what} Nothing of it was sent. Run the producer again.`, {
    exitCode: exitCodes.usage,
    code: "manifest_changed",
  });
}
