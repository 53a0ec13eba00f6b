import { open, readdir, readFile, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Job, JobStore } from "../server/jobs/job-store.ts";
import { crypto } from "./builtins.ts";
import { nodeFiles, renameIfFree } from "./files/durable-file.ts";

/** Expired jobs are looked for at most this often. */
const sweepMs = 60_000;

/**
 * Creates a store in a directory, which it creates: jobs survive a restart, and processes of one machine can share it. A
 * job is written whole and flushed to the disk before anything is sent, and readable by this user only.
 */
export function fileJobStore(directory: string): JobStore {
  let sweptAt = 0;
  const fileOf = (id: string, kind: "json" | "body"): string => {
    if (!/^[\w-]{1,80}$/.test(id)) throw new RangeError("The id of a job is not a file name.");
    return join(directory, `${id}.${kind}`);
  };
  const write = async (bytes: Uint8Array | string): Promise<string> => {
    await nodeFiles.makeDirectory(directory, 0o700);
    const temporary = join(directory, `${crypto().randomUUID()}.tmp`);
    const file = await open(temporary, "wx", 0o600);
    try {
      await file.writeFile(bytes);
      await file.sync();
    } catch (error) {
      await rm(temporary, { force: true });
      throw error;
    } finally {
      await file.close();
    }
    return temporary;
  };
  const read = async (id: string): Promise<Job | undefined> => {
    const file = fileOf(id, "json");
    const text = await readFile(file, "utf8").catch(ignoreMissing);
    if (text === undefined) return undefined;
    const job = JSON.parse(text) as Job | null;
    if (typeof job?.expiresAt !== "number") throw new SyntaxError(`${file} is not the record of a job.`);
    return job;
  };
  const remove = async (id: string): Promise<void> => {
    for (const kind of ["json", "body"] as const) await rm(fileOf(id, kind), { force: true });
  };
  const sweep = async (): Promise<void> => {
    if (Date.now() - sweptAt < sweepMs) return;
    sweptAt = Date.now();
    for (const name of (await readdir(directory).catch(ignoreMissing)) ?? []) {
      if (name.endsWith(".tmp")) await removeOld(join(directory, name));
      if (!name.endsWith(".json")) continue;
      const id = name.slice(0, -".json".length);
      const job = await read(id).catch(() => undefined);
      if (job !== undefined && job.expiresAt <= Date.now()) await remove(id);
    }
  };
  return {
    async add(job) {
      await sweep();
      const temporary = await write(JSON.stringify(job));
      try {
        // Of two processes, one adds. Its name is on the disk before anything is sent.
        return await renameIfFree(temporary, fileOf(job.id, "json"));
      } finally {
        await rm(temporary, { force: true });
      }
    },
    get: read,
    async put(job, body) {
      // The body first: a job that is done has one.
      if (body !== undefined) await nodeFiles.rename(await write(body), fileOf(job.id, "body"));
      await nodeFiles.rename(await write(JSON.stringify(job)), fileOf(job.id, "json"));
      await nodeFiles.syncDirectory(directory);
    },
    async getBody(id) {
      const body = await readFile(fileOf(id, "body")).catch(ignoreMissing);
      return body === undefined ? undefined : new Uint8Array(body);
    },
    delete: remove,
  };
}

/** Removes what a process that was killed while it wrote has left behind. */
async function removeOld(temporary: string): Promise<void> {
  const { mtimeMs } = (await stat(temporary).catch(ignoreMissing)) ?? { mtimeMs: Number.POSITIVE_INFINITY };
  if (mtimeMs < Date.now() - 3_600_000) await rm(temporary, { force: true });
}

function ignoreMissing(error: unknown): undefined {
  if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  return undefined;
}
