import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, it } from "vitest";

const program = fileURLToPath(new URL("../fixtures/print-surviving-bytes.ts", import.meta.url));

// V8 allocates a function that is assigned to a property, and the hidden class of a literal with an accessor, in its old
// generation, and keeps what they see until it collects that: 13 kB of each call.
it("keeps no call alive once it has ended", async () => {
  const { stdout } = await promisify(execFile)(process.execPath, ["--expose-gc", program]);
  expect(Number(stdout)).toBeLessThan(2_200);
});
