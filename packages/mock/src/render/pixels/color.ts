/** Red, green, blue from 0 to 1. */
export type Color = readonly [red: number, green: number, blue: number];

/** Converts hue (degrees), saturation and lightness (0 to 1). */
export function hsl(hue: number, saturation: number, lightness: number): Color {
  const reach = saturation * Math.min(lightness, 1 - lightness);
  const channel = (offset: number) => {
    const sector = (((offset + hue / 30) % 12) + 12) % 12;
    return lightness - reach * Math.max(-1, Math.min(sector - 3, 9 - sector, 1));
  };
  return [channel(0), channel(8), channel(4)];
}

/** Mixes linearly: 0 returns `from`, 1 returns `to`. */
export function mix(from: number, to: number, amount: number): number {
  return from + (to - from) * amount;
}

/** Rises smoothly from 0 at `from` to 1 at `to`. */
export function smoothstep(from: number, to: number, value: number): number {
  const t = Math.min(1, Math.max(0, (value - from) / (to - from)));
  return t * t * (3 - 2 * t);
}

/** Creates a table of 256 colors through the given ones, evenly spaced from dark to light. */
export function gradient(stops: readonly Color[]): Float32Array {
  const table = new Float32Array(256 * 3);
  for (let level = 0; level < 256; level += 1) {
    const place = (level / 255) * (stops.length - 1);
    const index = Math.min(stops.length - 2, Math.floor(place));
    const from = stops[index] as Color;
    const to = stops[index + 1] as Color;
    for (let channel = 0; channel < 3; channel += 1) {
      table[level * 3 + channel] = mix(from[channel] as number, to[channel] as number, place - index);
    }
  }
  return table;
}
