import { hashText, seededRandom } from "../pixels/seeded-random.ts";
import { neon } from "./neon.ts";
import { oil } from "./oil.ts";
import { pencil } from "./pencil.ts";
import { popArt } from "./pop-art.ts";
import { stainedGlass } from "./stained-glass.ts";
import type { Paint, Style } from "./style.ts";
import { sunset } from "./sunset.ts";
import { watercolor } from "./watercolor.ts";
import { winter } from "./winter.ts";

/** Styles, and the words of a prompt that select them. */
const styles: readonly { style: Style; words: RegExp }[] = [
  { style: oil, words: /\b(oil|impression\w*|van gogh|brush\w*|canvas|baroque)\b/i },
  { style: watercolor, words: /\b(water ?colou?rs?|aquarelle|pastels?|wash)\b/i },
  { style: neon, words: /\b(neon|cyber\w*|night|midnight|glow\w*|futur\w*|space|galaxy)\b/i },
  { style: sunset, words: /\b(sunset|sunrise|dusk|dawn|golden|sunny|warm\w*|autumn|summer|desert)\b/i },
  { style: popArt, words: /\b(pop|comics?|cartoon|poster|anime|retro|print)\b/i },
  { style: winter, words: /\b(snow\w*|winter|ic[ey]|frost\w*|frozen|cold|christmas)\b/i },
  { style: pencil, words: /\b(pencil|sketch\w*|drawing|drawn|line ?art|charcoal|ink)\b/i },
  { style: stainedGlass, words: /\b(stained|mosaic|glass|geometric|polygons?|low.?poly|cubis\w*)\b/i },
];

const hues: readonly [words: RegExp, hue: number][] = [
  [/\b(red|crimson|scarlet)\b/i, 0],
  [/\borange\b/i, 28],
  [/\b(yellow|gold)\b/i, 50],
  [/\b(green|forest)\b/i, 130],
  [/\b(teal|turquoise|cyan)\b/i, 182],
  [/\b(blue|azure|ocean|sea)\b/i, 218],
  [/\b(purple|violet|lavender)\b/i, 275],
  [/\b(pink|magenta|rose)\b/i, 328],
];

/**
 * Chooses how a prompt is painted: by its words if they name a style or a color, or else by its hash. Each further result
 * of the same prompt has other colors, and another style if none is named.
 */
export function chooseStyle(
  prompt: string,
  index: number,
  shortEdge: number,
): { style: Style; paint: Paint } {
  const seed = hashText(`${prompt}\n${index}`);
  const first = hashText(prompt);
  const named = styles.find(({ words }) => words.test(prompt));
  const any = styles[(first + index) % styles.length];
  const namedHue = hues.find(([words]) => words.test(prompt))?.[1];
  // Golden angle: hues of any number of results stay far from each other.
  const hue = (namedHue ?? first % 360) + index * (namedHue === undefined ? 137.5 : 18);
  const jitter = (seededRandom(seed)() - 0.5) * 12;
  return { style: named?.style ?? any?.style ?? oil, paint: { hue: hue + jitter, seed, shortEdge } };
}
