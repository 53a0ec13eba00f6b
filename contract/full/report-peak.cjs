// Loaded before the CLI: writes the peak memory of its process, in KiB, to file descriptor 3, or to REPORT_FILE; with
// REPORT=cpu, its CPU time in milliseconds.
const { openSync, readFileSync, writeSync } = require("node:fs");

process.on("exit", () => {
  const to = process.env.REPORT_FILE === undefined ? 3 : openSync(process.env.REPORT_FILE, "w");
  if (process.env.REPORT === "cpu") {
    const { user, system } = process.cpuUsage();
    writeSync(to, String((user + system) / 1000));
    return;
  }
  // Linux counts from the start of the program; `maxRSS` includes the parent's memory.
  const status = process.platform === "linux" ? readFileSync("/proc/self/status", "latin1") : "";
  writeSync(to, String(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1] ?? process.resourceUsage().maxRSS));
});
