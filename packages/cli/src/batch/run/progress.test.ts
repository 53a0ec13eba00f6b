import { PassThrough } from "node:stream";
import { expect, it } from "vitest";
import { createTerminal } from "../../terminal/terminal.ts";
import { type BatchCounts, showBatchProgress } from "./progress.ts";

it("estimates the time that is left, unless the run is stopping", () => {
  const stream = Object.assign(new PassThrough(), {
    isTTY: true,
    columns: 200,
  }) as never as NodeJS.WriteStream;
  const terminal = createTerminal({ stdout: stream, stderr: stream, env: {} });
  const counts: BatchCounts = {
    ...{ total: 10, saved: 2, skipped: 0, failed: 0, unknown: 0, unwritten: 0, waiting: 6, invalid: 0 },
    ...{ running: 2, finished: 2, spending: { usd: 0, unpriced: 0 } },
  };
  let nowMs = 0;
  const drain = new AbortController();
  const runtime = { setTimeout, clearTimeout: () => undefined, Math, performance: { now: () => nowMs } };
  const line = showBatchProgress(terminal, counts, runtime, drain.signal);
  // A note redraws the line.
  const shown = () => {
    stream.read();
    terminal.warn("x");
    return String(stream.read());
  };
  nowMs = 20_000;
  line.update();
  expect(shown()).toContain("2 of 10 saved, 2 running, 6 waiting, about 80 s left");
  drain.abort();
  line.update();
  expect(shown()).toContain("2 of 10 saved, 2 running, 6 waiting ");
  line.stop();
});
