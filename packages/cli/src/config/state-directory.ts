import { homedir } from "node:os";
import path from "node:path";

/** The environment that decides where state lives. */
export interface StateFolderOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly platform: NodeJS.Platform;
  readonly home: string;
}

/**
 * Names the folder of journals and kept answers: `RETOUCH_STATE_DIR`, `XDG_STATE_HOME/retouch`, else what the
 * platform uses (`~/.local/state`, `~/Library/Application Support`, `%LOCALAPPDATA%`). Always absolute.
 */
export function stateFolder(
  { env, platform, home }: StateFolderOptions = {
    env: process.env,
    platform: process.platform,
    home: homedir(),
  },
): string {
  const own = env["RETOUCH_STATE_DIR"];
  if (own !== undefined && own !== "") return path.resolve(own);
  const xdg = env["XDG_STATE_HOME"];
  // The XDG specification tells to ignore a relative path.
  if (xdg !== undefined && path.isAbsolute(xdg)) return path.join(xdg, "retouch");
  if (platform === "darwin") return path.join(home, "Library", "Application Support", "retouch");
  if (platform === "win32") {
    return path.join(env["LOCALAPPDATA"] ?? path.join(home, "AppData", "Local"), "retouch");
  }
  return path.join(home, ".local", "state", "retouch");
}
