// @vitest-environment jsdom
import { runCells } from "./run-cells.ts";

runCells();
