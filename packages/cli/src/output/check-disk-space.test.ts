import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { nodeSystem } from "../journal/node-system.ts";
import { checkDiskSpace } from "./check-disk-space.ts";

it("rejects an edit whose response may be larger than the free space of its disk", async () => {
  const file = join(tmpdir(), "response.json");
  const tooLarge = checkDiskSpace(file, { output: undefined, count: 1e12 }, 1, nodeSystem);
  await expect(tooLarge).rejects.toMatchObject({ outcome: "not-sent", code: "disk_full" });
  await checkDiskSpace(file, { output: undefined, count: 0 }, 1, nodeSystem);
});
