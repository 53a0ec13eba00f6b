// Over 220 lines: one class has every promise, and they share what is saved, named and dismissed.
import { hash } from "node:crypto";
import path from "node:path";
import type { Machine } from "../world/machine.ts";
import type { Bill, SimProcess } from "../world/sim-process.ts";
import { nameOf, type World } from "../world/world.ts";
import {
  describe,
  directoryOf,
  isAsked,
  isBatch,
  isChosen,
  isSameRun,
  manifestOf,
  sharesState,
  sharesWork,
} from "./commands.ts";
import { isSentOnDisk, promptsOf } from "./journals.ts";
import { type Story, usdPerImage } from "./story.ts";

/** A broken promise. */
export interface Violation {
  readonly what: string;
}

/** Exit codes after which nothing may have been billed. */
const nothingBilled = new Set([1, 2, 4, 5, 6, 7, 9, 10]);

/** How long a process may take to put a response on the disk; a crash before that may lose it. */
const graceMs = 5_000;

/** Watches a story, and says which promises it broke. */
export class Checks {
  readonly violations: Violation[] = [];
  readonly #story: Story;
  readonly #world: World;
  readonly #machines: readonly Machine[];
  /** Hashes of the prompts whose edits the last `recover` names. */
  readonly #named = new Set<string>();
  /** Bills that a person wants to forget. */
  readonly #dismissed = new Set<Bill>();

  constructor(story: Story, world: World, machines: readonly Machine[]) {
    this.#story = story;
    this.#world = world;
    this.#machines = machines;
    world.bank.onBill = (bill) => this.#checkBill(bill);
    world.onCrash = () => this.#checkFiles();
  }

  report(what: string): void {
    this.violations.push({ what });
    this.#world.log(undefined, `BROKEN: ${what}`);
  }

  reportWaiting(): void {
    const names = this.#world.processes.filter(({ isDead }) => !isDead).map(nameOf);
    this.report(`Something waits forever: ${names.join(", ")}`);
  }

  /** No request is billed twice, unless a person asked for it. */
  #checkBill(bill: Bill): void {
    const { process, request, prompt } = bill;
    const { manifests } = this.#story;
    if (!isChosen(process.argv, prompt, manifests))
      this.report(`${describe(bill)} was billed, but \`batch retry\` does not name it`);
    for (const earlier of this.#world.bank.bills) {
      if (earlier.request !== request) continue;
      if (earlier.process === process) this.report(`One process had ${describe(bill)} billed twice`);
      else if (!isAsked(process.argv, prompt, this.#story) && this.#mustBlock(earlier, process))
        this.report(
          `${describe(bill)} is billed again; ${nameOf(earlier.process)} had bill ${earlier.number}`,
        );
    }
    this.#checkSent(bill);
    this.#checkBudget(bill);
  }

  /** What was billed is in a journal that survives a crash. */
  #checkSent({ process, prompt }: Bill): void {
    if (isSentOnDisk(process.machine.tree, prompt)) return;
    this.report(`"${prompt}" was billed, but no journal on the disk says that it was sent`);
  }

  #checkBudget({ process }: Bill): void {
    const limit = Number(process.argv[process.argv.indexOf("--max-cost") + 1]);
    if (!process.argv.includes("--max-cost")) return;
    const earlier = this.#world.bank.bills.filter(
      (bill) => isSameRun(bill.process, process) && sharesState(bill.process, process),
    );
    const spent = (earlier.length + 1) * usdPerImage;
    if (spent > limit + 1e-9)
      this.report(`${nameOf(process)} spends USD ${spent}, above its limit of ${limit}`);
  }

  #mustBlock(earlier: Bill, process: SimProcess): boolean {
    const other = earlier.process;
    if (this.#dismissed.has(earlier)) return false;
    if (isSameRun(other, process) && sharesWork(other, process)) return true;
    const isShared =
      sharesState(other, process) ||
      (isBatch(other) && isBatch(process) && directoryOf(other) === directoryOf(process));
    if (!isShared) return false;
    // Both were asked for while one was in flight.
    if (other.endedAtMs === undefined || other.endedAtMs > process.startedAtMs) return false;
    // A person who accepted to pay twice has resolved the earlier one.
    const isAccepted = this.#world.bank.bills.some(
      ({ request, number, process: by }) =>
        request === earlier.request &&
        number > earlier.number &&
        isAsked(by.argv, earlier.prompt, this.#story),
    );
    return !isAccepted && !this.#isSavedAsFar(earlier);
  }

  /** Returns whether what arrived is saved: of a response that was cut, its first image is enough. */
  #isSavedAsFar(bill: Bill): boolean {
    return this.#isSaved(bill, bill.arrivedAtMs === undefined ? 1 : undefined);
  }

  #isSaved({ images }: Bill, needed = images.length): boolean {
    const written = new Set(this.#outputs().map(([, data]) => data.toString("latin1")));
    return images.filter((image) => written.has(image.toString("latin1"))).length >= needed;
  }

  /** Returns the files under final names. */
  #outputs(): (readonly [string, Buffer])[] {
    const [{ tree }] = this.#machines as [Machine];
    return [...tree.walk("/data")]
      .filter(([file]) => !isInput(file) && !file.includes("/.retouch"))
      .map(([file, { data }]) => [file, data] as const);
  }

  /** No file under a final name is half-written. */
  #checkFiles(): void {
    const images = new Set(
      this.#world.bank.bills.flatMap((bill) => bill.images.map((image) => image.toString("latin1"))),
    );
    for (const [file, data] of this.#outputs())
      if (!images.has(data.toString("latin1")))
        this.report(`${file} is not an image of the bank (${data.length} bytes)`);
  }

  /** What a process says agrees with what it did. */
  checkExit(process: SimProcess): void {
    const { exitCode, argv, stdout, stderr } = process;
    // Also one that was killed may have dismissed it.
    if (argv[1] === "--dismiss" && exitCode !== 2) this.#forget(process);
    if (exitCode === undefined) return;
    const own = this.#world.bank.bills.filter((bill) => bill.process === process);
    const says = `${nameOf(process)} exits with ${exitCode}`;
    if (nothingBilled.has(exitCode) && own.length > 0) this.report(`${says} after bill ${own[0]?.number}`);
    if (/internal|TypeError|is not a function|Cannot read/.test(stderr)) this.report(`${says}: ${stderr}`);
    if (exitCode === 1) this.report(`${says}: ${stderr}`);
    if (exitCode === 3 && isBatch(process)) {
      const lost = own.find((bill) => !this.#isSaved(bill));
      if (lost !== undefined) this.report(`${says}, but bill ${lost.number} is not saved`);
    }
    if (exitCode !== 0) return;
    // A stream that is cut after its first image succeeds with a warning.
    const lost = own.find((bill) => !this.#isSavedAsFar(bill));
    if (lost !== undefined) this.report(`${says}, but bill ${lost.number} is not saved`);
    if (argv[0] === "edit" && own.length === 0) this.report(`${says} without an edit`);
    if (argv.includes("--json")) return;
    for (const file of argv[0] === "recover" ? [] : stdout.split("\n")) {
      if (file !== "" && process.machine.tree.find(file) === undefined)
        this.report(`${says}, but ${file} is not there`);
    }
    if (isBatch(process)) {
      const { manifests } = this.#story;
      const { prompts = [] } = manifestOf(argv, manifests) ?? {};
      for (const [index, prompt] of prompts.entries()) {
        if (!isChosen(argv, prompt, manifests)) continue;
        const name = path.join(path.dirname(argv[2] ?? ""), `out/${index}.png`);
        if (process.machine.tree.find(name) === undefined) this.report(`${says}, but ${name} is not there`);
      }
    }
  }

  /** Every response that arrived complete is a file, and what may be billed is named. */
  checkEnd(): void {
    this.#checkFiles();
    if (this.violations.length > 0) return;
    for (const bill of this.#world.bank.bills) {
      if (this.#isSaved(bill) || this.#dismissed.has(bill)) continue;
      if (this.#mustBeSaved(bill))
        this.report(`The response of bill ${bill.number} arrived, but is not a file`);
      // An image that arrived before the connection was cut is saved; the others are lost.
      else if (this.#isSaved(bill, 1)) continue;
      const isSuperseded = this.#world.bank.bills.some(
        ({ request, number }) => request === bill.request && number > bill.number,
      );
      if (!isSuperseded && !this.#named.has(hash("sha256", bill.prompt)))
        this.report(`Bill ${bill.number} has no image, and \`recover\` does not name it`);
    }
  }

  #mustBeSaved({ arrivedAtMs, process, images, number }: Bill): boolean {
    if (arrivedAtMs === undefined) return false;
    // The response has its URL, and is kept and named.
    if (images.some((_, index) => this.#world.images.hasLost(`${number}.${index}`))) return false;
    // Exit code 11 says that the response is kept.
    if (process.exitCode === 11 && !isBatch(process)) return true;
    if (this.#wasFull()) return false;
    if (process.death === undefined) return process.exitCode !== undefined && process.exitCode < 128;
    return !process.wasFrozen && (process.endedAtMs ?? 0) > arrivedAtMs + graceMs;
  }

  #wasFull(): boolean {
    return this.#world.story.some(({ what }) => what.startsWith("the disk of"));
  }

  #forget({ argv: [, , id], startedAtMs }: SimProcess): void {
    const prompts = promptsOf(this.#machines, new Set([id]));
    for (const bill of this.#world.bank.bills)
      if (prompts.has(hash("sha256", bill.prompt)) && bill.atMs < startedAtMs) this.#dismissed.add(bill);
  }

  /** Reads what the last `recover` names as still open. */
  checkRecover(process: SimProcess): void {
    this.checkExit(process);
    const { edits } = JSON.parse(process.stdout || '{"edits":[]}') as { edits: readonly { id: string }[] };
    for (const prompt of promptsOf(this.#machines, new Set(edits.map(({ id }) => id))))
      this.#named.add(prompt);
  }
}

function isInput(file: string): boolean {
  return file.endsWith("/in.png") || file.endsWith(".jsonl");
}
