// Loaded before the CLI: writes the peak memory of its process, in KiB, to file descriptor 3; with REPORT=cpu, its CPU time in
// milliseconds.
const { readFileSync, writeSync } = require("node:fs");

process.on("exit", () => {
  if (process.env.REPORT === "cpu") {
    const { user, system } = process.cpuUsage();
    writeSync(3, String((user + system) / 1000));
    return;
  }
  // Linux counts from the start of the program; `maxRSS` includes the parent's memory.
  const status = process.platform === "linux" ? readFileSync("/proc/self/status", "latin1") : "";
  writeSync(3, String(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1] ?? process.resourceUsage().maxRSS));
});
