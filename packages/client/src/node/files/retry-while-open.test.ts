import { describe, expect, it } from "vitest";
import { retryWhileOpen } from "./retry-while-open.ts";

/** Files that fail with each code in turn, then work, and the calls and waits that were made. */
function filesThatFail(...codes: string[]) {
  const log: string[] = [];
  const change = (name: string) => async (path: string) => {
    log.push(`${name} ${path}`);
    const code = codes.shift();
    if (code !== undefined) throw Object.assign(new Error(code), { code });
  };
  const files = { rename: change("rename"), rm: change("rm"), unlink: change("unlink") };
  const on = (platform: NodeJS.Platform) =>
    retryWhileOpen(files, platform, async (delayMs) => log.push(`wait ${delayMs}`));
  return { log, on };
}

describe(retryWhileOpen, () => {
  it.each(["rename", "rm", "unlink"] as const)(
    "repeats `%s` on Windows until the file is closed",
    async (name) => {
      const { log, on } = filesThatFail("EPERM", "EBUSY", "EACCES");
      await on("win32")[name]("a.png", "b.png" as never);
      const call = `${name} a.png`;
      expect(log).toEqual([call, "wait 10", call, "wait 20", call, "wait 40", call]);
    },
  );

  it("throws the system's error when the file stays open", async () => {
    const { log, on } = filesThatFail(...Array(100).fill("EPERM"));
    await expect(on("win32").rename("a.png", "b.png")).rejects.toMatchObject({ code: "EPERM" });
    const waits = log.flatMap((line) => (line.startsWith("wait ") ? Number(line.slice(5)) : []));
    expect(waits.reduce((sum, ms) => sum + ms, 0)).toBe(1300);
  });

  it.each([
    ["win32", "ENOSPC"],
    ["win32", "EXDEV"],
    ["linux", "EPERM"],
    ["darwin", "EBUSY"],
  ] as const)("tries once, on %s, after %s", async (platform, code) => {
    const { log, on } = filesThatFail(code);
    await expect(on(platform).rename("a.png", "b.png")).rejects.toMatchObject({ code });
    expect(log).toEqual(["rename a.png"]);
  });
});
