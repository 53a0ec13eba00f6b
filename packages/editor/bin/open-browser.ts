import { spawn } from "node:child_process";

/** The program that opens a URL in the browser, with its arguments. */
type Opener = readonly [program: string, ...argv: string[]];

/**
 * Returns what opens a URL on this system, or undefined where no browser can be seen: over SSH, `xdg-open` would start one
 * in the terminal. The package `open` has the same table in 500 lines and five packages.
 */
export function openerOf(
  platform: NodeJS.Platform,
  env: Readonly<Record<string, string | undefined>>,
): Opener | undefined {
  if (platform === "darwin") return ["open"];
  // Not `start`, which is a command of the shell: it takes `&` in a URL for the next command.
  if (platform === "win32") return ["rundll32.exe", "url.dll,FileProtocolHandler"];
  if (env["WSL_DISTRO_NAME"]) return ["rundll32.exe", "url.dll,FileProtocolHandler"];
  return env["DISPLAY"] || env["WAYLAND_DISPLAY"] ? ["xdg-open"] : undefined;
}

/** Opens a URL in the browser. Returns whether a program for it was started. */
export async function openBrowser(url: string): Promise<boolean> {
  const [program, ...argv] = openerOf(process.platform, process.env) ?? [];
  if (program === undefined) return false;
  return new Promise((resolve) => {
    const child = spawn(program, [...argv, url], { stdio: "ignore", detached: true });
    child.once("error", () => resolve(false));
    child.once("spawn", () => resolve(true));
    child.unref();
  });
}
