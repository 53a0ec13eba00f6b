import { execFile } from "node:child_process";
import { join } from "node:path";
import type { UpdateResult } from "../spec-update.ts";
import type { Report } from "../update/make-report.ts";

/** What `pnpm spec:update --json` printed, or the reason why it could not compare the document. */
export type UpdateOutcome =
  | ({ status: "accepted" } & UpdateResult)
  | ({ status: "refused" } & Report)
  | { status: "unreadable"; message: string };

const script = join(import.meta.dirname, "../spec-update.ts");
const lastLine = "Nothing was written.";

/**
 * Runs `pnpm spec:update VENDOR FILE --json` with more options.
 *
 * @throws Error when it fails for a reason other than the document.
 */
export function runSpecUpdate(
  root: string,
  vendor: string,
  file: string,
  ...options: string[]
): Promise<UpdateOutcome> {
  const args = [script, "--root", root, "--json", ...options, vendor, file];
  // A report repeats both documents at most.
  const limits = { maxBuffer: 256 * 1024 * 1024, timeout: 5 * 60_000 };
  return new Promise((resolve, reject) => {
    execFile(process.execPath, args, limits, (cause, stdout, stderr) => {
      const text = stderr.trim();
      if (stdout.startsWith("{")) resolve(JSON.parse(stdout) as UpdateOutcome);
      else if (cause?.code === 1 && text.endsWith(lastLine))
        resolve({ status: "unreadable", message: text.slice(0, -lastLine.length).trim() });
      else reject(new Error(`\`pnpm spec:update\` failed: ${text || cause?.message}`, { cause }));
    });
  });
}
