import { existsSync } from "node:fs";
import { rename } from "node:fs/promises";
import { type Act, inventStory, places, type Story } from "../src/story/story.ts";

const unsuitable = ["-n", "--stream", "--dismiss", "mv"];

/** Finds stories of one machine whose processes are only killed, and keeps what works on real files. */
export function* replayable(): Generator<Story> {
  for (let seed = 1; ; seed++) {
    const story = inventStory(seed);
    const acts = story.acts
      .filter(({ argv }) => !unsuitable.some((word) => argv.includes(word)))
      .map((act) => ({ ...act, faults: act.faults.filter(({ kind }) => kind === "kill") }));
    if (story.place === "one machine" && acts.some(({ argv }) => argv[0] !== "recover"))
      yield { ...story, acts };
  }
}

/** Finds stories with several batches, and moves the directory of their manifest after each command. */
export function* moving(): Generator<Story> {
  const [first] = places;
  for (const story of replayable()) {
    const files = story.manifests.map(({ file }) => file);
    const [manifest] = story.manifests.map((each) => ({ ...each, file: `${first}/m.jsonl` }));
    if (manifest === undefined || story.acts.filter(({ argv }) => argv[0] === "batch").length < 2) continue;
    const inside = (act: Act): Act => ({
      ...act,
      argv: act.argv.map((word) => (files.includes(word) ? manifest.file : word)),
    });
    const mv = (act: Act, index: number): Act => ({
      ...act,
      argv: ["mv", ...(index % 2 === 0 ? places : places.toReversed())],
    });
    const acts = story.acts.flatMap((act, index) => [inside(act), mv(act, index)]);
    yield { ...story, manifests: [manifest], acts };
  }
}

/** Moves a directory. Returns whether it was there. */
export async function move([from = "", to = ""]: readonly string[]): Promise<boolean> {
  if (!existsSync(from) || existsSync(to)) return false;
  await rename(from, to);
  return true;
}

/** Returns the arguments of a command with the directory of the manifest where it is now. */
export function withDirectory(argv: readonly string[], real: (word: string) => string): readonly string[] {
  const [first, second] = places;
  const isMoved = !existsSync(real(first));
  return argv.map((word) => real(isMoved ? word.replace(first, second) : word));
}
