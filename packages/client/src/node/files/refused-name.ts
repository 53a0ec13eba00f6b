import path from "node:path";

/** Names of devices, which Windows opens instead of a file, whatever the extension. */
const device = /^(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$)(?:\.|$)/i;
/** On NTFS, `a:b.png` writes a stream of `a` that no folder lists. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
const invalidOnWindows = /[<>:"|?*\u0000-\u001f]/;

/** Returns why no file of this platform can have a path, or undefined if one can. Length is checked elsewhere. @internal */
export function refusedName(file: string, platform: NodeJS.Platform = process.platform): string | undefined {
  if (file.includes("\u0000")) return "a name contains a NUL character";
  if (platform !== "win32") return undefined;
  const { root } = path.win32.parse(file);
  for (const name of file.slice(root.length).split(/[/\\]/)) {
    const shown = JSON.stringify(name);
    const character = invalidOnWindows.exec(name)?.[0];
    if (character !== undefined) return `Windows allows no ${JSON.stringify(character)} in the name ${shown}`;
    if (device.test(name)) return `Windows reserves the name ${shown} for a device`;
    if (/[. ]$/.test(name) && !/^\.{1,2}$/.test(name)) {
      return `Windows removes the end of the name ${shown}: it is a dot or a space`;
    }
  }
  return undefined;
}
