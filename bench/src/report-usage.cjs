// Loaded before the measured program; writes the process's CPU time and peak memory to file descriptor 3.
process.on("exit", () => {
  const { user, system } = process.cpuUsage();
  const { maxRSS } = process.resourceUsage();
  require("node:fs").writeSync(3, JSON.stringify({ cpuMs: (user + system) / 1000, peakMib: maxRSS / 1024 }));
});
