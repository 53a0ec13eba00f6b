import { InvalidResponseError } from "@retouch/client/node";
import { describe, expect, it } from "vitest";
import { CliError, exitCodes } from "./cli-error.ts";
import { errorDetails } from "./error-details.ts";
import { asWriteError, notKeptError, withOutcome } from "./post-send-errors.ts";

describe(asWriteError, () => {
  it("adds the system's code of the client's write error", () => {
    const failed = (params: object) =>
      asWriteError(
        new InvalidResponseError("x", { outcome: "unknown", code: "write_failed", params: { ...params } }),
      );
    expect(failed({ systemCode: "ENOSPC" })).toMatchObject({
      code: "write_failed",
      outcome: "billed",
      message: expect.stringContaining("could not be written (ENOSPC). Free some space"),
    });
    expect(failed({})).toMatchObject({ message: expect.stringContaining("could not be written. Free") });
  });

  it("does not change another error", () => {
    const error = new InvalidResponseError("x", { outcome: "unknown", code: "no_image" });
    expect(asWriteError(error)).toBe(error);
  });
});

describe(notKeptError, () => {
  it("does not advise to recover what is stored nowhere", () => {
    const failed = new InvalidResponseError("x", { outcome: "unknown", code: "write_failed" });
    const { message, exitCode } = notKeptError(asWriteError(failed)) as CliError;
    expect(message).not.toContain("retouch recover");
    expect(message).toContain("could not be written. Its response is not stored completely either");
    expect(exitCode).toBe(exitCodes.unknown);
  });
});

describe(withOutcome, () => {
  const full = Object.assign(new Error("ENOSPC: no space left on device, write"), { code: "ENOSPC" });

  it("adds the outcome unknown to any failure after sending", () => {
    const settled = withOutcome(full, true);
    expect(errorDetails(settled)).toMatchObject({
      outcome: "unknown",
      exitCode: exitCodes.unknown,
      message: expect.stringMatching(/may be billed.*ENOSPC.*nothing is sent again\.$/),
    });
    expect((settled as Error).cause).toBe(full);
  });

  it("keeps the exit code of a signal, and a known outcome", () => {
    const stopped = new CliError("Stopped by SIGINT.", { exitCode: 130, code: "interrupted" });
    expect(withOutcome(stopped, true)).toMatchObject({ exitCode: 130, outcome: "unknown" });
    const refused = new CliError("No.", { exitCode: 2, code: "usage" });
    expect(withOutcome(refused, true)).toBe(refused);
  });

  it("does not change a failure before sending", () => {
    expect(withOutcome(full, false)).toBe(full);
  });
});
