import { describe, expect, it } from "vitest";
import { singleFlight } from "./single-flight.ts";

function scripted() {
  const attempts: { signal: AbortSignal; resolve(value: string): void; reject(error: unknown): void }[] = [];
  const ask = singleFlight(
    (signal) =>
      new Promise<string>((resolve, reject) => {
        attempts.push({ signal, resolve, reject });
        signal.addEventListener("abort", () => reject(signal.reason));
      }),
  );
  return { attempts, ask };
}

describe(singleFlight, () => {
  it("starts one attempt for all callers, and none after a success", async () => {
    const { attempts, ask } = scripted();
    const asked = [ask(), ask(new AbortController().signal)];
    attempts[0]?.resolve("a");
    expect(await Promise.all(asked)).toEqual(["a", "a"]);
    expect(await ask()).toBe("a");
    expect(attempts).toHaveLength(1);
  });

  it("starts a new attempt after a failure, even while other callers are being notified", async () => {
    const { attempts, ask } = scripted();
    const again = ask().catch(() => ask());
    const other = ask(new AbortController().signal);
    attempts[0]?.reject("broken");
    await expect(other).rejects.toBe("broken");
    expect(attempts).toHaveLength(2);
    attempts[1]?.resolve("b");
    expect(await again).toBe("b");
  });

  it("continues while any caller waits, and aborts with the last of them", async () => {
    const { attempts, ask } = scripted();
    const [first, second] = [new AbortController(), new AbortController()];
    const asked = [ask(first.signal), ask(second.signal)];
    first.abort("first");
    await expect(asked[0]).rejects.toBe("first");
    expect(attempts[0]?.signal.aborted).toBe(false);
    second.abort("second");
    await expect(asked[1]).rejects.toBe("second");
    expect(attempts[0]?.signal.aborted).toBe(true);
  });

  it("starts a new attempt after every waiter has aborted", async () => {
    const { attempts, ask } = scripted();
    const controller = new AbortController();
    const left = ask(controller.signal);
    controller.abort("left");
    await expect(left).rejects.toBe("left");
    const later = ask();
    attempts[1]?.resolve("c");
    expect(await later).toBe("c");
  });

  it("starts nothing for a signal that is already aborted", async () => {
    const { attempts, ask } = scripted();
    await expect(ask(AbortSignal.abort("gone"))).rejects.toBe("gone");
    expect(attempts).toHaveLength(0);
  });
});
