import { describe, expect, it } from "vitest";
import { claimNotWritable } from "./claim-errors.ts";

describe(claimNotWritable, () => {
  it.each([
    ["EACCES", "Give yourself write access to that folder and those in it."],
    ["EROFS", "Give yourself write access to that folder and those in it."],
    ["ENOSPC", "Free some space, or choose another folder with RETOUCH_STATE_DIR."],
  ])("says what helps against %s", (code, advice) => {
    const { message, exitCode } = claimNotWritable(
      "/m/.retouch/claims/0/x",
      Object.assign(new Error("no"), { code }),
    );
    expect(message).toBe(
      `The claim of this edit cannot be written to /m/.retouch/claims/0: ${code}. Nothing was sent. ${advice}`,
    );
    expect(exitCode).toBe(2);
  });
});
