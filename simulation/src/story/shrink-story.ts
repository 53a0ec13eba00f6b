import type { Product } from "../product.ts";
import { type Ending, playStory } from "./play-story.ts";
import type { Act, Story } from "./story.ts";

const maxTries = 300;

/** Leaves out of a story what is not needed to break the same promise. */
export function shrinkStory(story: Story, product: Product): Promise<Ending> {
  const whats = ({ violations }: Ending) => violations.map(({ what }) => what);
  return shrink(story, (shorter) => playStory(shorter, product), shorterStories, whats);
}

/** Plays shorter stories until none breaks the same promise. */
export async function shrink<S, E extends { readonly story: S }>(
  story: S,
  play: (story: S) => Promise<E>,
  shorterOf: (story: S) => Iterable<S>,
  violationsOf: (ending: E) => readonly string[],
): Promise<E> {
  let shortest = await play(story);
  const kind = kindOf(violationsOf(shortest));
  for (let tries = 0, isShorter = true; isShorter; ) {
    isShorter = false;
    for (const shorter of shorterOf(shortest.story)) {
      if (tries++ > maxTries) return shortest;
      const ending = await play(shorter);
      const violations = violationsOf(ending);
      if (violations.length === 0 || kindOf(violations) !== kind) continue;
      shortest = ending;
      isShorter = true;
      break;
    }
  }
  return shortest;
}

/** Two violations are of one kind if they differ only in names and numbers. */
function kindOf([first = ""]: readonly string[]): string {
  return first.replace(/"[^"]*"|\S*\/\S*|\d+/g, "");
}

function* shorterStories(story: Story): Generator<Story> {
  const { acts, manifests } = story;
  for (const index of acts.keys()) yield { ...story, acts: acts.filter((_, other) => other !== index) };
  const change = (index: number, changed: Partial<Act>): Story => {
    return { ...story, acts: acts.map((act, other) => (other === index ? { ...act, ...changed } : act)) };
  };
  for (const [index, { faults, clockJumps, argv }] of acts.entries()) {
    if (faults.length > 0) yield change(index, { faults: faults.slice(1) });
    if (clockJumps.length > 0) yield change(index, { clockJumps: [] });
    for (const flag of ["--json", "--retry-failed", "--take-over", "--retry-unknown"])
      if (argv.includes(flag)) yield change(index, { argv: argv.filter((word) => word !== flag) });
  }
  const rows = manifests[0]?.prompts.length ?? 0;
  const fewer = ({ file, prompts }: Story["manifests"][number]) => ({ file, prompts: prompts.slice(0, -1) });
  if (rows > 1) yield { ...story, manifests: manifests.map(fewer) };
  if (story.climate.urls) yield { ...story, climate: { ...story.climate, urls: 0 } };
  if (story.climate.trouble > 0.01) yield { ...story, climate: { ...story.climate, trouble: 0.01 } };
}
