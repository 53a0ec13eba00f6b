/** `pnpm fuzz [--minutes N] [TARGET...]`: runs the targets one after another; see `--help`. */
import { parseArgs } from "node:util";
import { replaceInputs, storeInput } from "./engine/corpus.ts";
import { printTestCase } from "./engine/finding.ts";
import { fuzzTarget } from "./engine/fuzz-target.ts";
import { percent, recordRun } from "./record.ts";
import { targetFile, targetNames } from "./targets.ts";

const help = `Usage: pnpm fuzz [options] [TARGET...]

Feeds changed inputs to the readers and cleaners of foreign data, and checks what must hold for each:
steps that grow with the input's length only, the same result for any chunks, no key and no control
character in what is shown, and what each target adds. Inputs that reach new code are changed further.

Options:
  --minutes N    how long to run, for all targets together (default: 2)
  --seed N       start of the random numbers (default: random)
  --save         store the inputs that reach new code in fuzz/corpus, which is committed
  --no-record    do not add the run to the table of docs/testing.md
  --list         print the targets
  --help         print this

Findings are shortened, printed as a test case, and saved in fuzz/findings: commit them with the fix.
They and the corpus are replayed by \`pnpm test\`. Ctrl-C ends the run; what it found is kept.

Examples:
  pnpm fuzz                              two minutes, shared by all targets
  pnpm fuzz --minutes 10 png             ten minutes of one target
  pnpm fuzz --minutes 60 --save          an hour for all, and a larger corpus
  pnpm fuzz --seed 7 --minutes 1 links   the same inputs as another run with this seed
`;

process.exitCode = await main(process.argv.slice(2));

async function main(argv: readonly string[]): Promise<number> {
  const parsed = readArguments(argv);
  if (typeof parsed === "string") {
    console.error(parsed);
    return 2;
  }
  const { values, names } = parsed;
  if (values.help || values.list) {
    process.stdout.write(values.help ? help : `${targetNames().join("\n")}\n`);
    return 0;
  }
  const stop = new AbortController();
  const interrupt = (): void => {
    if (stop.signal.aborted) process.exit(130);
    console.error("\nStopping. Press Ctrl-C again to stop at once.");
    stop.abort();
  };
  process.on("SIGINT", interrupt);
  process.on("SIGTERM", interrupt);
  let count = 0;
  for (const name of names) {
    if (stop.signal.aborted) break;
    count += await fuzz(name, (values.minutes * 60_000) / names.length, stop.signal);
  }
  process.off("SIGINT", interrupt);
  process.off("SIGTERM", interrupt);
  console.log(count === 0 ? "No findings." : `Findings: ${count}. They are in fuzz/findings.`);
  return count === 0 ? 0 : 1;

  async function fuzz(name: string, milliseconds: number, signal: AbortSignal): Promise<number> {
    const startedAt = performance.now();
    let printedAt = startedAt;
    const result = await fuzzTarget({
      name,
      file: targetFile(name),
      milliseconds,
      seed: values.seed,
      signal,
      onProgress(progress) {
        const now = performance.now();
        if (now - printedAt < (process.stdout.isTTY ? 500 : 15_000)) return;
        printedAt = now;
        print(line(name, progress, now - startedAt), false);
      },
      onFinding(finding) {
        const file = storeInput("findings", name, finding.input);
        console.log(
          `\nFinding in ${name}, saved as ${file} (${finding.input.length} bytes):\n${printTestCase(finding)}\n`,
        );
      },
    });
    print(`${line(name, result.progress, result.elapsedMs)}, findings: ${result.findings.length}`, true);
    if (result.all.length > 0) replaceInputs("cache", name, result.all);
    if (values.save && result.places.length > 0) replaceInputs("corpus", name, smallest(result.places));
    if (values.record) recordRun(name, result);
    return result.findings.length;
  }
}

/** The corpus is committed, and replayed in a few seconds: longer inputs stay in the cache. */
function smallest(inputs: readonly Uint8Array[]): Uint8Array[] {
  return inputs.filter(({ length }) => length <= 1024).slice(0, 40);
}

interface Values {
  readonly minutes: number;
  readonly seed: number;
  readonly save: boolean;
  readonly record: boolean;
  readonly list: boolean;
  readonly help: boolean;
}

function readArguments(
  argv: readonly string[],
): { readonly values: Values; readonly names: readonly string[] } | string {
  const known = targetNames();
  try {
    const { values, positionals } = parseArgs({
      args: [...argv],
      allowPositionals: true,
      allowNegative: true,
      options: {
        minutes: { type: "string", default: "2" },
        seed: { type: "string", default: String(Math.floor(Math.random() * 2 ** 31)) },
        save: { type: "boolean", default: false },
        record: { type: "boolean", default: true },
        list: { type: "boolean", default: false },
        help: { type: "boolean", short: "h", default: false },
      },
    });
    const minutes = Number(values.minutes);
    const seed = Number(values.seed);
    if (!(minutes > 0) || !Number.isFinite(minutes))
      return `\`--minutes\` is \`${values.minutes}\`. Give a positive number: \`pnpm fuzz --minutes 10\`.`;
    if (!Number.isInteger(seed)) return `\`--seed\` is \`${values.seed}\`. Give an integer.`;
    const unknown = positionals.find((name) => !known.includes(name));
    if (unknown !== undefined) return `\`${unknown}\` is not a target. Choose from: ${known.join(", ")}.`;
    return { values: { ...values, minutes, seed }, names: positionals.length > 0 ? positionals : known };
  } catch (error) {
    return `${(error as Error).message} See \`pnpm fuzz --help\`.`;
  }
}

function line(
  name: string,
  {
    runs,
    reached,
    size,
    inputs,
    newInputs,
  }: { runs: number; reached: number; size: number; inputs: number; newInputs: number },
  elapsedMs: number,
): string {
  const rate = Math.round(runs / Math.max(0.001, elapsedMs / 1000));
  return `${name}: ${runs} runs (${rate}/s), ${reached} of ${size} counters (${percent(reached, size)} %), ${inputs} inputs (${newInputs} new)`;
}

function print(text: string, isLast: boolean): void {
  if (process.stdout.isTTY) process.stdout.write(`\r\u001b[K${text}${isLast ? "\n" : ""}`);
  else console.log(text);
}
