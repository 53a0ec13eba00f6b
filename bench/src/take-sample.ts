import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { runBatchOfCli } from "./run-batch-of-cli.ts";
import type { Sample } from "./sample.ts";
import type { Work } from "./works.ts";

/** The requests that the server saw during one sample. */
interface ServerLog {
  readonly posts: number;
  readonly chunked: number;
  readonly broken: number;
}

/** A sample, and whether every form of it had an exact `Content-Length`. */
export type TakenSample = Sample & { readonly hasLength: boolean };

const run = promisify(execFile);
const compiled = fileURLToPath(new URL("../node_modules/.cache/bench/sample.mjs", import.meta.url));

/**
 * Takes one sample in its own process and compares it with the server's log. Returns a message if the sample failed;
 * our client also fails if a form was chunked, broken or sent twice.
 */
export async function takeSample(
  contender: string,
  work: Work,
  origin: string,
  files: string,
): Promise<TakenSample | string> {
  await readLog(origin);
  let sample: Sample;
  try {
    sample =
      contender === "retouch-cli"
        ? await runBatchOfCli(work, origin, files)
        : await runScript(contender, work, origin, files);
  } catch (error) {
    const text = String((error as { stderr?: string }).stderr || error);
    return /ERR_STRING_TOO_LONG|Cannot create a string longer/.test(text)
      ? "ERR_STRING_TOO_LONG"
      : (text.match(/^\w*Error.*/m)?.[0] ?? text.slice(0, 200));
  }
  const { posts, chunked, broken } = await readLog(origin);
  if (contender.startsWith("retouch") && (chunked > 0 || broken > 0 || posts !== sample.posts)) {
    return `the server saw ${posts} forms for ${sample.posts} edits, ${chunked} without a length, ${broken} broken`;
  }
  return { ...sample, hasLength: chunked === 0 };
}

async function runScript(contender: string, work: Work, origin: string, files: string): Promise<Sample> {
  const args = [compiled, contender, work.id, origin, files];
  const { stdout } = await run(process.execPath, args, { timeout: 300_000 });
  return JSON.parse(stdout.trim().split("\n").at(-1) ?? "") as Sample;
}

async function readLog(origin: string): Promise<ServerLog> {
  return (await (await fetch(`${origin}/log`)).json()) as ServerLog;
}
