// Loaded before the measured program; writes the process's CPU time and peak memory to file descriptor 3.
process.on("exit", () => {
  const { user, system } = process.cpuUsage();
  const { readFileSync, writeSync } = require("node:fs");
  // Linux counts from the start of the program; `maxRSS` includes the parent's memory.
  const status = process.platform === "linux" ? readFileSync("/proc/self/status", "latin1") : "";
  const peakKib = /^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1] ?? process.resourceUsage().maxRSS;
  writeSync(3, JSON.stringify({ cpuMs: (user + system) / 1000, peakMib: Number(peakKib) / 1024 }));
});
