import { readFileSync } from "node:fs";
import { readdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, it } from "vitest";
import { cliCodes } from "../../../packages/cli/src/errors/codes.ts";
import { type RawServer, sendJson, startRawServer } from "../cli/support/raw-server.ts";
import { type CliOptions, hasSignals, runCli } from "../cli/support/run-cli.ts";
import { pngBase64, useWorkDirectory } from "../cli/support/work-directory.ts";

/** The parts of a JSON document with codes. */
interface Document {
  readonly error?: {
    readonly code: string;
    readonly outcome: string;
    readonly problems?: readonly { readonly code: string }[];
  };
  readonly warnings?: readonly { readonly code: string }[];
}

const root = fileURLToPath(new URL("../../../", import.meta.url));
const directory = useWorkDirectory();
let raw: RawServer | undefined;
afterEach(async () => {
  await raw?.close();
  raw = undefined;
});

const connection = () => ({
  RETOUCH_API_KEY: "sk-test-0123456789",
  RETOUCH_BASE_URL: raw?.url ?? "http://127.0.0.1:9",
});

async function run(argv: readonly string[], options: Partial<CliOptions> = {}): Promise<Document> {
  const { stdout } = await runCli([...argv, "--json"], {
    cwd: directory.path,
    ...options,
    env: { ...connection(), ...options.env },
  });
  // A batch prints one document a line, and an edit one over many lines.
  const text = stdout.trim();
  return JSON.parse(text.startsWith("{\n") ? text : (text.split("\n").at(-1) ?? "")) as Document;
}

const edit = (...argv: readonly string[]) =>
  run(["edit", "photo.png", "-m", "gpt-image-1", "-p", "x", ...argv]);

async function batch(row: object, ...argv: readonly string[]): Promise<Document> {
  const complete = { image: "photo.png", prompt: "x", model: "gpt-image-1", ...row };
  await writeFile(path.join(directory.path, "m.jsonl"), `${JSON.stringify(complete)}\n`);
  return run(["batch", "run", "m.jsonl", ...argv]);
}

/** Responds to every edit with an image, or with what is given for one. */
async function serve(b64_json?: string): Promise<void> {
  const image = b64_json ?? (await pngBase64());
  raw = await startRawServer((response) => sendJson(response, { created: 1, data: [{ b64_json: image }] }));
}

/** Runs two rows one after the other, and does something while the first is in flight. Returns the event of the second. */
async function batchOfTwo(whileFirst: () => Promise<unknown>): Promise<Document> {
  const b64_json = await pngBase64();
  let isFirst = true;
  raw = await startRawServer(async (response) => {
    if (isFirst) {
      isFirst = false;
      await whileFirst();
    }
    sendJson(response, { created: 1, data: [{ b64_json }] });
  });
  await writeRows("x", "y");
  const { stdout } = await runCli(["batch", "run", "m.jsonl", "--concurrency", "1", "--json"], {
    cwd: directory.path,
    env: connection(),
  });
  const events = stdout.trim().split("\n");
  return events.map((line) => JSON.parse(line) as Document).find(({ error }) => error !== undefined) ?? {};
}

async function writeRows(...prompts: readonly string[]): Promise<void> {
  const rows = prompts.map((prompt, index) =>
    JSON.stringify({ image: "photo.png", model: "gpt-image-1", prompt, output: `${index}.png` }),
  );
  await writeFile(path.join(directory.path, "m.jsonl"), rows.join("\n"));
}

/** Replaces the journal of the only batch by one of a later version. */
async function writeLaterJournal(): Promise<void> {
  const batches = path.join(directory.path, ".state/batches");
  const [name = ""] = await readdir(batches);
  await writeFile(path.join(batches, name, "journal.jsonl"), '{"type":"journal","version":999}\n');
}

/** Stops an edit by a signal once the server has its form. */
async function interrupt(): Promise<Document> {
  let stop = (): void => undefined;
  raw = await startRawServer(() => stop());
  return run(["edit", "photo.png", "-m", "gpt-image-1", "-p", "x"], {
    during: (child) => {
      stop = () => child.kill("SIGINT");
    },
  });
}

/** Ways to each code of the command line, with the outcomes that they lead to. */
const provocations: Readonly<Record<string, () => Promise<Document>>> = {
  usage: () => edit("-n", "abc"),
  invalid_manifest: () => batch({ n: "abc" }),
  invalid_row: () => batch({ n: "abc" }),
  unknown_price: () => batch({ model: "acme-9" }, "--max-cost", "1"),
  over_budget: () => batch({}, "--max-cost", "0.0001"),
  locked: async () => {
    let second: Promise<Document> | undefined;
    const b64_json = await pngBase64();
    raw = await startRawServer((response) => {
      second ??= run(["batch", "run", "m.jsonl"]);
      void second.then(() => sendJson(response, { created: 1, data: [{ b64_json }] }));
    });
    await batch({});
    return (await second) ?? {};
  },
  journal_not_writable: () =>
    run(["edit", "photo.png", "-m", "gpt-image-1", "-p", "x"], {
      env: { RETOUCH_STATE_DIR: path.join(directory.path, "photo.png") },
    }),
  output_exists: () => edit("-o", "photo.png"),
  unresolved_edit: async () => {
    raw = await startRawServer((response) => response.socket?.destroy());
    await edit();
    return edit("-o", "other.png");
  },
  bad_journal: async () => {
    await serve();
    await batch({});
    await writeLaterJournal();
    return batch({});
  },
  lock_lost: () => batchOfTwo(() => run(["batch", "run", "m.jsonl", "--take-over"])),
  manifest_changed: () => batchOfTwo(() => writeRows("x", "z")),
  rescued_images: async () => {
    const body = `{"data":[{"b64_json":"${await pngBase64()}"}`;
    raw = await startRawServer((response) => response.end(body));
    return edit();
  },
  aspect_ratio_mismatch: async () => {
    await serve(await pngBase64(48, 16));
    return edit("--mask-rect", "8,8,16,16", "--paste-back");
  },
  paste_back_failed: async () => {
    const image = Buffer.from(await pngBase64(64, 48), "base64");
    await serve(image.subarray(0, -30).toString("base64"));
    return edit("--mask-rect", "8,8,16,16", "--paste-back");
  },
};

/** Codes that no command leads to at will. */
const elsewhere: Readonly<Record<string, string>> = {
  disk_full: "packages/cli/src/output/check-disk-space.test.ts",
  sent_again: "packages/cli/src/edit/save-stored.test.ts",
};
/**
 * Codes that no command prints at will: a defect, an error of an image without a code, a row that stays not sent, and one
 * that two processes reach at the same moment.
 */
const internal = ["internal", "download_failed", "not_started", "in_flight"];

function seenIn(
  { error, warnings = [] }: Document,
  code: string,
): { code: string; outcome: string } | undefined {
  if (warnings.some((warning) => warning.code === code)) return { code, outcome: error?.outcome ?? "none" };
  const problem = error?.problems?.find((one) => one.code === code);
  return error && { code: problem?.code ?? error.code, outcome: error.outcome };
}

describe("the outcome in the list of the command line's codes", () => {
  it.each(Object.entries(provocations))("is the one that %s has", async (code, provoke) => {
    const { outcome } = cliCodes[code as keyof typeof cliCodes];
    expect(seenIn(await provoke(), code)).toEqual({ code, outcome });
  });

  it.runIf(hasSignals)("depends for interrupted: an edit that was sent may be billed", async () => {
    expect(cliCodes.interrupted.outcome).toBe("depends");
    expect(seenIn(await interrupt(), "interrupted")).toEqual({ code: "interrupted", outcome: "unknown" });
  });

  it.each(Object.entries(elsewhere))("is expected for %s by %s", (code, file) => {
    const { outcome } = cliCodes[code as keyof typeof cliCodes];
    expect(readFileSync(`${root}${file}`, "utf8")).toContain(`outcome: "${outcome}", code: "${code}"`);
  });

  it("is compared for every code", () => {
    const compared = [...Object.keys(provocations), ...Object.keys(elsewhere), ...internal, "interrupted"];
    expect(compared.sort()).toEqual(Object.keys(cliCodes).sort());
  });
});
