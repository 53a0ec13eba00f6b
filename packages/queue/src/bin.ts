#!/usr/bin/env node
process.stderr.write("error: `retouch-queue` has no commands yet.\n");
process.exitCode = 2;
