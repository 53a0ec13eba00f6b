#!/usr/bin/env node
// This file is limited to the syntax of Node 12, so an old Node prints a clear message. Newer syntax starts in `main`.
const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
if (major > 20 || (major === 20 && minor >= 19)) {
  void import("./main.ts");
} else {
  process.stderr.write(
    `error: retouch-queue needs Node 20.19 or later, and this is Node ${process.versions.node}. Install a newer one: https://nodejs.org\n`,
  );
  process.exitCode = 2;
}
