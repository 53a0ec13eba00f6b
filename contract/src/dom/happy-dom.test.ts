// @vitest-environment happy-dom
import { runCells } from "./run-cells.ts";

runCells();
