import { usageError } from "../errors/cli-error.ts";

/** A rectangle in pixels. */
export interface Rectangle {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/**
 * Reads `X,Y,W,H` for a picture of a size.
 *
 * @throws CliError, exit code 2, when it is malformed or lies outside.
 */
export function parseRectangle(
  text: string,
  flag: string,
  size: { width: number; height: number },
): Rectangle {
  const parts = /^\s*(\d+)\s*,\s*(\d+)\s*,\s*(\d+)\s*,\s*(\d+)\s*$/.exec(text);
  if (parts === null) {
    throw usageError(`\`--${flag}\` is \`${text}\`. Give X,Y,W,H in whole pixels, such as 100,80,400,300.`);
  }
  const [x = 0, y = 0, width = 0, height = 0] = parts.slice(1).map(Number);
  if (width === 0 || height === 0)
    throw usageError(`\`--${flag}\` is \`${text}\`, which is empty. Give a width and height above 0.`);
  if (x + width > size.width || y + height > size.height) {
    throw usageError(
      `\`--${flag}\` is \`${text}\`, which reaches beyond the picture of ${size.width}x${size.height}. ` +
        "Give a rectangle inside it.",
    );
  }
  return { x, y, width, height };
}
