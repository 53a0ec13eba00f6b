import { tmpdir } from "node:os";
import { expect, it } from "vitest";
import { syncDirectory } from "./durable-file.ts";

it("shares one sync among those who ask while another runs, and never the one that runs", async () => {
  const first = syncDirectory(tmpdir());
  const second = syncDirectory(tmpdir());
  const third = syncDirectory(tmpdir());
  expect(second).not.toBe(first);
  expect(third).toBe(second);
  const ends: string[] = [];
  await Promise.all([first.then(() => ends.push("first")), second.then(() => ends.push("second"))]);
  expect(ends).toEqual(["first", "second"]);
  expect(syncDirectory(tmpdir())).not.toBe(second);
});

it("does not mind a folder that can not be opened", async () => {
  await expect(syncDirectory("/missing/folder")).resolves.toBeUndefined();
});
