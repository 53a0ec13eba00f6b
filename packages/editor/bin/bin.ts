#!/usr/bin/env node
import { unsupportedNode } from "../../cli/src/needed-node.ts";

// This file is limited to the syntax of Node 12, so an old Node prints a clear message. Newer syntax starts in `main`.
const problem = unsupportedNode(process.versions.node, "retouch-editor");
if (problem === undefined) {
  void import("./main.ts");
} else {
  process.stderr.write(`error: ${problem}\n`);
  process.exitCode = 2;
}
