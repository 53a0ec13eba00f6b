import { readFile, writeFile } from "node:fs/promises";
import { type Patch, parsePatch } from "./apply-patch.ts";
import { readMutation } from "./mutations.ts";
import { loadProduct } from "./product.ts";
import { Random } from "./random.ts";
import { seedsFrom } from "./seeds.ts";
import { type Ending, playStory } from "./story/play-story.ts";
import { shrinkStory } from "./story/shrink-story.ts";
import { inventStory, type Story } from "./story/story.ts";

const directory = new URL("../found/", import.meta.url);

/** A fault that the simulator found in the product, or finds without a line that few stories need; it is fixed. */
interface Found {
  /** The patch that takes the fix back. */
  readonly name: string;
  readonly what: string;
  /** What its story needs, by words of its JSON: other seeds need not be played to find one. */
  readonly words: readonly string[];
}

/** Those that bill an edit twice come first. */
export const found: readonly Found[] = [
  {
    name: "do-not-sync-a-new-directory",
    what: "A power failure took the claims and the journal of a first run.",
    words: ["crash"],
  },
  {
    name: "grow-the-claim-when-it-is-left",
    what: "A claim that a power failure had torn counted as one that was never sent.",
    words: ["crash"],
  },
  {
    name: "send-what-another-machine-has-saved",
    what: "Two machines that share the folder of a manifest sent each row that the other one had finished.",
    words: ["shared folder"],
  },
  {
    name: "take-another-machines-claim-for-an-own-one",
    what: "Of two machines with the same paths, one removed the claim of a row that the other one may have billed.",
    words: ["shared folder"],
  },
  {
    name: "remove-the-claim-before-the-next",
    what: "A full disk or a kill took the claim of an unknown row while `--retry-unknown` replaced it.",
    words: ["--retry-unknown", '"fill"', '"edit"', '"batch"'],
  },
  {
    name: "judge-a-heartbeat-by-the-own-clock",
    what: "A machine whose clock was ahead of the file server's took an edit of another one for ended.",
    words: ['"shared disks"'],
  },
  {
    name: "remove-the-claim-of-an-unlisted-image",
    what: "A full disk kept a saved row from the index, and a machine that was stopped meanwhile sent it again.",
    words: ["shared folder", '"freeze"', '"fill"'],
  },
  {
    name: "forget-the-claim-of-an-unlisted-image",
    what: "The next run removed the claim of a row that only its own journal has as saved: another machine sent it.",
    words: ["shared folder", '"freeze"', '"fill"'],
  },
  {
    name: "sweep-the-claim-of-an-unlisted-image",
    what: "`recover` removed the claim of a saved row that the index lacked after a kill: another machine sent it.",
    words: ["shared folder", '"freeze"', '"recover"'],
  },
  {
    name: "recover-beside-the-index",
    what: "A row that `recover` saved was not in the index beside its manifest: another machine sent it.",
    words: ["shared folder", '"freeze"', '"recover"'],
  },
  {
    name: "send-by-force-what-another-machine-saved",
    what: "Two machines ran the manifest of a shared folder with `--force`, and each sent what the other one had saved.",
    words: ["shared folder", "--force", '"batch"'],
  },
  {
    name: "trust-a-claim-that-was-replaced",
    what: "While an edit looked whether a process of another machine runs, one took its place that knew of its bill.",
    words: ['"shared disks"', '"kill"', '"edit"', '"retry"'],
  },
  {
    name: "do-not-check-the-claim-again",
    what: "A process of another container woke after it had checked its claim, and sent a finished row.",
    words: ["containers", "freeze"],
  },
  {
    name: "forget-what-another-journal-sent",
    what: "A copy of a manifest resent a row, was refused and crashed: the next edit took the first bill for none.",
    words: ["copy.jsonl", "--retry-unknown", "crash"],
  },
  {
    name: "take-a-resent-request-for-a-new-one",
    what: "An edit was sent between two refused attempts of a run that resent the same, which may be billed.",
    words: ["--retry-unknown", '"person":1', '"edit"', '"batch"'],
  },
  {
    name: "drop-what-arrived-while-stopped",
    what: "A process that was stopped beyond its time limit dropped a complete response that it had received.",
    words: ['"freeze"'],
  },
  {
    name: "read-the-response-by-its-name",
    what: "A process woke with its response after another container had moved the file, and read it by its old name.",
    words: ["containers", '"freeze"', "--retry-unknown", '"batch"'],
  },
  {
    name: "share-the-response-of-a-row",
    what: "A process woke with its response and removed that of another container, which had sent the row again.",
    words: ["containers", '"freeze"', "--retry-unknown", '"batch"'],
  },
  {
    name: "do-not-sync-the-response",
    what: "A power failure takes a complete response.",
    words: ["crash"],
  },
  {
    name: "send-again-what-may-come",
    what: "`--retry-unknown` sent a row again although the host of its image was only out of reach.",
    words: ["--retry-unknown", '"batch"', '"urls":'],
  },
  {
    name: "call-a-part-of-a-response-stored",
    what: "Two full disks: exit code 11 said that a response is stored of which only the first bytes are.",
    words: ['"fill"', '"edit"', '"shared'],
  },
  {
    name: "spend-on-after-a-take-over",
    what: "A row that waited after a 429 was sent beyond `--max-cost` although another run had taken over.",
    words: ["--max-cost", "--take-over"],
  },
  {
    name: "do-not-count-broken-responses",
    what: "A row with a broken response was sent again with `--retry-unknown` beyond `--max-cost`.",
    words: ["--max-cost", "--retry-unknown"],
  },
  {
    name: "supersede-what-is-sent-meanwhile",
    what: "`--retry-unknown` closed the record of an edit that another process had sent meanwhile.",
    words: ["--retry-unknown", '"person":1', '"edit"'],
  },
  {
    name: "dismiss-what-was-sent-meanwhile",
    what: "A dismissal that was stopped before it read the records closed an attempt that was sent since.",
    words: ["--dismiss", '"freeze"', '"batch"'],
  },
  {
    name: "close-what-another-process-sent",
    what: "A process that was stopped saved its image, and closed the attempt that another machine had sent since.",
    words: ['"shared disks"', '"freeze"', '"crash"', "--retry-unknown", '"batch"'],
  },
  {
    name: "end-a-batch-with-rescued-images",
    what: "A full disk ended a batch when images of a broken response could not be recorded.",
    words: ['"fill"', '"batch"'],
  },
  {
    name: "end-a-run-that-cannot-store-its-rows",
    what: "A disk that filled at the wrong moment ended a run with the error of the system.",
    words: ['"fill"'],
  },
  {
    name: "dismiss-on-a-full-disk",
    what: "A full disk ended a dismissal with the error of the system.",
    words: ['"fill"', "--dismiss"],
  },
];

/** Reads the story that shows a fault. */
export async function readFound(name: string): Promise<Story> {
  return JSON.parse(await readFile(new URL(`${name}.json`, directory), "utf8")) as Story;
}

/** Reads the patch that takes a fix back: a mutation, or one that too few of the first stories catch to be one. */
export async function readFix(name: string): Promise<Patch> {
  const own = await readFile(new URL(`${name}.patch`, directory), "utf8").catch(() => undefined);
  return own === undefined ? readMutation(name) : parsePatch(own);
}

/**
 * Plays variants of the story that showed the fault, and then the stories of seeds that have all words, until one shows it
 * again, and stores the shortest such story.
 */
export async function findAgain(given: Found, seeds: number): Promise<Ending | undefined> {
  const { name } = given;
  const [product, broken] = [await loadProduct(), await loadProduct(await readFix(name))];
  for (const story of storiesLike(given, await readFound(name), seeds)) {
    if ((await playStory(story, broken)).violations.length === 0) continue;
    const ending = await shrinkStory(story, broken);
    // The fixed product must keep the promise in the very same story.
    if ((await playStory(ending.story, product)).violations.length > 0) continue;
    await writeFile(new URL(`${name}.json`, directory), `${JSON.stringify(ending.story, null, 2)}\n`);
    return ending;
  }
  return undefined;
}

/** Variants of a stored story that are played before those of seeds: most show its fault at another step only. */
const variants = 2_000;

function* storiesLike({ words }: Found, stored: Story, seeds: number): Generator<Story> {
  for (const seed of seedsFrom(1, variants)) yield vary(stored, new Random(seed));
  for (const seed of seedsFrom(1, seeds)) {
    const story = inventStory(seed);
    const text = JSON.stringify(story);
    if (words.every((word) => text.includes(word))) yield story;
  }
}

/** Returns a story in which the same happens at other moments. */
function vary(story: Story, random: Random): Story {
  const near = (given: number, by: number) => Math.max(1, given + random.between(-by, by));
  const acts = story.acts.map((act) => ({
    ...act,
    afterMs: random.chance(0.3) ? near(act.afterMs, 500) : act.afterMs,
    seed: random.chance(0.2) ? random.below(2 ** 31) : act.seed,
    faults: act.faults.map((fault) => ({ ...fault, steps: Math.round(near(fault.steps, 30)) })),
  }));
  return { ...story, seed: random.chance(0.2) ? random.below(2 ** 31) : story.seed, acts };
}
