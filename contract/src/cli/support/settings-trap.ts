import { writeFile } from "node:fs/promises";
import path from "node:path";

/** A settings file that runs code in any Node that reads it as an environment file. */
export interface SettingsTrap {
  readonly file: string;
  /** The name of the file that the code writes. */
  readonly mark: string;
}

/** Writes a settings file whose `NODE_OPTIONS` requires a script that creates a marker file in the directory. */
export async function writeTrap(directory: string): Promise<SettingsTrap> {
  const mark = "trap-was-run";
  const script = path.join(directory, "trap.cjs");
  const file = path.join(directory, "trap.env");
  await writeFile(
    script,
    `require("node:fs").writeFileSync(${JSON.stringify(path.join(directory, mark))}, "");\n`,
  );
  await writeFile(file, `RETOUCH_MODEL=acme-9\nNODE_OPTIONS=--require ${script.replaceAll("\\", "/")}\n`);
  return { file, mark };
}
