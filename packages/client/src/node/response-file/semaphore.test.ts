import { describe, expect, it } from "vitest";
import { createSemaphore } from "./semaphore.ts";

describe(createSemaphore, () => {
  it("runs at most `limit` tasks concurrently, in order, whether they fail or not", async () => {
    const turns = createSemaphore(2);
    const ends: (() => void)[] = [];
    const begun: number[] = [];
    const works = [0, 1, 2, 3].map((index) =>
      turns(async () => {
        begun.push(index);
        await new Promise<void>((resolve) => ends.push(resolve));
        if (index === 1) throw new Error("broken");
        return index;
      }).catch(String),
    );
    expect(begun).toEqual([0, 1]);
    ends[1]?.();
    await works[1];
    expect(begun).toEqual([0, 1, 2]);
    ends[0]?.();
    await works[0];
    expect(begun).toEqual([0, 1, 2, 3]);
    ends[2]?.();
    ends[3]?.();
    expect(await Promise.all(works)).toEqual([0, "Error: broken", 2, 3]);
    expect(await turns(async () => "free again")).toBe("free again");
  });
});
