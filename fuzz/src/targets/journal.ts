import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { CliError } from "../../../packages/cli/src/errors/cli-error.ts";
import { compactJournal } from "../../../packages/cli/src/journal/compact-journal.ts";
import { isUnresolved } from "../../../packages/cli/src/journal/edit-record.ts";
import { type FoldedJournal, foldJournal } from "../../../packages/cli/src/journal/fold-journal.ts";
import { journalHeader, openJournal, parseEntry } from "../../../packages/cli/src/journal/journal.ts";
import { nodeSystem } from "../../../packages/cli/src/journal/node-system.ts";
import { readLineAt } from "../../../packages/cli/src/journal/tables/read-lines.ts";
import { check, type Target } from "../engine/target.ts";

const ids = ["a", "b", "0123456789abcdef0123456789abcdef"] as const;
const outcomes = ["not-sent", "rejected", "unknown", "billed"] as const;
const owner = { host: "h", pid: 1 };

/** Entries as the program writes them; a digit of the input chooses one. */
function entriesOf(id: string): Record<string, unknown>[] {
  const files = [{ path: "/a.png", sha256: "s", byteLength: 1, mtimeMs: 1 }];
  const planned = {
    type: "planned",
    id,
    request: "r",
    owner,
    server: "https://x.test",
    promptSha256: "p",
    images: ["a"],
    output: { chunks: ["/a"] },
    count: 1,
    force: false,
    responseFile: "/r",
  };
  return [
    { ...planned, maxUsd: 0.04 },
    planned,
    { type: "sent", id, attempt: 1 },
    { type: "refused", id, attempt: 1 },
    ...outcomes.map((outcome) => ({ type: "failed", id, outcome, code: "c", exitCode: 4, paths: [null] })),
    { type: "saved", id, files, usd: 0.03 },
    { type: "saved", id, files },
    { type: "dismissed", id },
  ];
}
const entries = ids.flatMap(entriesOf);

/** Lines of the input: `#12` is the entry of that number, so that a mutation makes entries of the program. */
function expand(input: Uint8Array): Buffer {
  const text = Buffer.from(input)
    .toString("latin1")
    .replace(/^#(\d{1,2})$/gm, (line, number) => {
      const entry = entries[Number(number) % entries.length];
      return entry ? JSON.stringify(entry) : line;
    });
  return Buffer.from(text, "latin1");
}

/** Returns whether the program can have written these lines: an edit is planned, then sent, then has a result. */
function isPlausible(lines: readonly string[]): boolean {
  const lastOf = new Map<string, string>();
  return lines.every((line) => {
    const entry = entries.find((known) => JSON.stringify(known) === line);
    if (entry === undefined) return false;
    const { id, type } = entry as { id: string; type: string }; // as made above
    const before = lastOf.get(id) ?? "";
    lastOf.set(id, type);
    if (type === "planned") return before !== "sent";
    if (type === "sent") return before === "planned" || before === "refused";
    return type === "dismissed" ? before === "sent" || before === "failed" : before === "sent";
  });
}

let directory: string | undefined;

export const target: Target = {
  name: "journal",
  covers: [
    "packages/cli/src/journal/fold-journal.ts",
    "packages/cli/src/journal/compact-journal.ts",
    "packages/cli/src/journal/costs.ts",
    "packages/cli/src/journal/edit-record.ts",
    "packages/cli/src/journal/journal.ts",
    "packages/cli/src/journal/tables/",
  ],
  seeds: [
    "#0\n#2\n#8\n",
    "#0\n#2\n#6\n#0\n#2\n#5\n",
    "#0\n#2\n#3\n#2\n#9\n#10\n",
    "#1\n#2\n#7\n#11\n#13\n#19\n",
    "#0\n#2\n{cut",
    '{"type":"sent","id":"a","attempt":1}\n',
    "#22\n#24\n#30\n#0\n#32\n",
  ],
  dictionary: [
    "#0",
    "#1",
    "#2",
    "#3",
    "#4",
    "#5",
    "#6",
    "#7",
    "#8",
    "#9",
    "#10",
    "#11",
    "#12",
    "#13",
    "#17",
    "#18",
    "#22",
    "#24",
    "\n",
    '"id":"a"',
    '"type":"saved"',
    '"spentUsd":null',
    '"usd":0.03',
  ],
  maxBytes: 16_384,
  maxSteps: { fixed: 60_000, perByte: 400 },
  async run(input) {
    directory ??= mkdtempSync(path.join(tmpdir(), "retouch-fuzz-"));
    const file = path.join(directory, "journal.jsonl");
    const lines = expand(input);
    writeFileSync(file, Buffer.concat([Buffer.from(journalHeader), lines]));
    const journal = await openJournal(file, nodeSystem);
    await journal.write({ type: "sent", id: "written", attempt: 1 });
    await journal.close();
    let folded: FoldedJournal;
    try {
      folded = await foldJournal(file, undefined, nodeSystem);
    } catch (error) {
      if (error instanceof CliError) return;
      throw error;
    }
    const written = folded.stateOf("written");
    check(written !== undefined && isUnresolved(written), "an entry behind any line is read");
    const isOurs = isPlausible(lines.toString("latin1").split("\n").filter(Boolean));
    const before = await stateOf(folded);
    const bytes = readFileSync(file);
    for (let at = 0, count = 0; at < bytes.length && count < 4; at = bytes.indexOf(10, at) + 1, count += 1) {
      const line = await readLineAt(file, at, nodeSystem.files);
      check(line.equals(bytes.subarray(at, bytes.indexOf(10, at))), "a line is read from its offset");
      parseEntry(line);
    }
    // A journal of so few lines is not worth it, and the process of its entries may still run here.
    const big: FoldedJournal = Object.defineProperties(
      { ...folded },
      {
        lineCount: { value: 1 << 20 },
        readAll: { value: async function* () {} },
      },
    );
    check(await compactJournal(big, nodeSystem, 0), "a journal is compacted");
    const after = await foldJournal(file, undefined, nodeSystem);
    const states = await stateOf(after);
    for (const [id, state] of before.edits) {
      if (state.startsWith("planned") || state.startsWith("refused")) continue;
      check(
        states.edits.get(id) === state,
        "compaction keeps the state of an edit",
        () => `${id}: ${state} became ${states.edits.get(id)}`,
      );
    }
    if (!isOurs) return;
    check(
      Math.abs(states.usd - before.usd) < 1e-9 && states.unpriced === before.unpriced,
      "compaction keeps what was spent",
      () =>
        `${JSON.stringify([before.usd, before.unpriced])} became ${JSON.stringify([states.usd, states.unpriced])}`,
    );
  },
  async close() {
    if (directory !== undefined) rmSync(directory, { recursive: true, force: true });
    directory = undefined;
  },
};

async function stateOf(
  folded: FoldedJournal,
): Promise<{ edits: Map<string, string>; usd: number; unpriced: number }> {
  const edits = new Map<string, string>();
  for await (const record of folded.readAll(() => true)) {
    const state = folded.stateOf(record.id);
    check(state !== undefined, "a record has a state");
    check(state.phase === record.phase, "a record has the state of its edit");
    edits.set(record.id, `${state.phase} ${isUnresolved(state)}`);
  }
  return { edits, usd: folded.spending.usd, unpriced: folded.spending.unpriced };
}
