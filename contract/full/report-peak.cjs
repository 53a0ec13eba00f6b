// Loaded before the CLI: tells the most memory that its process has had, in KiB, on file descriptor 3.
const { readFileSync, writeSync } = require("node:fs");

process.on("exit", () => {
  // Linux's own count begins with the program; `maxRSS` begins with what the parent had.
  const status = process.platform === "linux" ? readFileSync("/proc/self/status", "latin1") : "";
  writeSync(3, String(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1] ?? process.resourceUsage().maxRSS));
});
