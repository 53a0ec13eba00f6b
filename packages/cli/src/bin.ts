#!/usr/bin/env node
import { unsupportedNode } from "./needed-node.ts";

// This file's syntax is that of Node 12: an old Node tells in words what it lacks. Everything newer is behind `main`.
const problem = unsupportedNode(process.versions.node);
if (problem === undefined) {
  void import("./main.ts");
} else {
  process.stderr.write(`error: ${problem}\n`);
  process.exitCode = 2;
}
