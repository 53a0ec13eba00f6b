import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseObject } from "../document/parse-object.ts";
import { pathOf } from "../overlay/read-overlay.ts";
import { findVendor, listVendors } from "../vendors/list-vendors.ts";
import { documentHash } from "./document-hash.ts";
import { FetchError, fetchDocument } from "./fetch-document.ts";
import { isOpen, type KnownReports, settlesIssue, settlesPull } from "./known-reports.ts";
import { runSpecUpdate, type UpdateOutcome } from "./run-spec-update.ts";
import type { WatchedVendor } from "./watched-vendors.ts";
import {
  branchPrefix,
  type FetchedDocument,
  issueBody,
  issuePrefix,
  issueTitle,
  pullBody,
  pullTitle,
} from "./write-report.ts";

export interface WatchOptions {
  /** The directory of the repository, or of a scratch copy of it. */
  root: string;
  vendor: WatchedVendor;
  known: KnownReports;
  /** Decides without writing the update. */
  dryRun?: boolean;
  timeoutMs?: number;
}

/** What is to be done on GitHub. */
export type WatchResult =
  | { action: "none"; reason: string }
  | { action: "pull-request"; title: string; body: string; branch: string; files: string[] }
  | { action: "issue"; title: string; body: string };

/**
 * Fetches a vendor's document and decides: nothing when it is unchanged or is reported already, a pull request when it
 * can be adopted (the update is written then), an issue when it is refused.
 *
 * @throws FetchError when there is no document to judge; nothing is written in that case.
 */
export async function watchVendor({
  root,
  vendor,
  known,
  dryRun = false,
  timeoutMs,
}: WatchOptions): Promise<WatchResult> {
  if ("skipped" in vendor) return none(`${vendor.name} is skipped. ${vendor.skipped}`);
  const { name, url } = vendor;
  const bytes = await fetchDocument(url, timeoutMs === undefined ? {} : { timeoutMs });
  const read = (path: string) => readFile(join(root, "spec", path), "utf8");
  const followed = findVendor(await listVendors(join(root, "spec"), await read("servers.yaml")), name);
  const overlay = parseObject(await read(followed.overlay), `spec/${followed.overlay}`);
  const text = bytes.toString("utf8");
  const hash = documentHash(text, pathOf(overlay));
  if (hash === documentHash(await read(followed.document), pathOf(overlay)))
    return none(`${name}'s document is unchanged.`);
  const fetched = { vendor: name, url, hash };
  const pull = known.pulls.find((one) => one.headRefName === branchOf(fetched) && settlesPull(one));
  if (pull) return none(`#${pull.number} (${pull.state.toLowerCase()}) has ${name}'s document ${hash}.`);
  const directory = await mkdtemp(join(tmpdir(), "retouch-watch-"));
  try {
    const file = join(directory, "document");
    await writeFile(file, bytes);
    const outcome = withUrl(await runSpecUpdate(root, name, file, "--explain"), file, url);
    if (outcome.status !== "accepted") {
      if (outcome.status === "unreadable" && !isDocument(text, outcome.message))
        throw new FetchError(`${url} is not a complete document. ${outcome.message}`);
      return refused(fetched, outcome, known);
    }
    if (outcome.differences.length === 0 && outcome.changes.length === 0)
      return none(`${name}'s document says the same in other words.`);
    const written = dryRun ? outcome : await runSpecUpdate(root, name, file);
    if (written.status !== "accepted") throw new Error("`pnpm spec:update` refused what it had accepted.");
    return adopted(fetched, written, known);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

const branchOf = ({ vendor, hash }: FetchedDocument): string => branchPrefix(vendor) + hash;
const none = (reason: string): WatchResult => ({ action: "none", reason });

type Accepted = Extract<UpdateOutcome, { status: "accepted" }>;
type NotAccepted = Exclude<UpdateOutcome, Accepted>;

function adopted(fetched: FetchedDocument, result: Accepted, { pulls, issues }: KnownReports): WatchResult {
  const { vendor, hash } = fetched;
  const references = {
    earlier: pulls
      .filter((pull) => isOpen(pull) && pull.headRefName.startsWith(branchPrefix(vendor)))
      .map(({ number }) => number),
    closes: issues.filter((issue) => isOpen(issue) && issue.title.includes(hash)).map(({ number }) => number),
  };
  return {
    action: "pull-request",
    title: pullTitle(fetched),
    body: pullBody(fetched, result, references),
    branch: branchOf(fetched),
    files: result.files,
  };
}

function refused(fetched: FetchedDocument, outcome: NotAccepted, { issues }: KnownReports): WatchResult {
  const { vendor, hash } = fetched;
  const same = issues.find((issue) => issue.title.includes(hash) && settlesIssue(issue));
  if (same)
    return none(`#${same.number} (${same.state.toLowerCase()}) reports ${vendor}'s document ${hash}.`);
  const earlier = issues
    .filter((issue) => isOpen(issue) && issue.title.startsWith(issuePrefix(vendor)))
    .map(({ number }) => number);
  return { action: "issue", title: issueTitle(fetched), body: issueBody(fetched, outcome, { earlier }) };
}

/** A message names the temporary file; readers know the URL. */
function withUrl(outcome: UpdateOutcome, file: string, url: string): UpdateOutcome {
  if (outcome.status !== "unreadable") return outcome;
  return { ...outcome, message: outcome.message.replaceAll(file, url) };
}

/** Returns whether it is the vendor's whole document that cannot be compared, rather than another page or half of it. */
function isDocument(text: string, message: string): boolean {
  return /\b(?:openapi|swagger)["']?\s*:/.test(text) && !message.includes("ends early");
}
