import {
  HttpError,
  InvalidInputError,
  InvalidResponseError,
  isHttpError,
  isInvalidInputError,
  isInvalidResponseError,
  isTimeoutError,
  TimeoutError,
} from "@retouch/client/browser";
import { describe, expect, it } from "vitest";
import { EditRun } from "../session/edit-run.ts";
import type { Step } from "../session/edit-state.ts";
import { fromRunRecord, fromStepRecords, toRunRecord, toStepRecord } from "./records.ts";

const place = { order: 1, tab: "tab" };

function stepOf(id: string, parentId: string | null = null): Step {
  return { id, parentId, blob: new Blob([id]), params: undefined } as Step;
}

/** What a storage does to the images of a record: it copies them. */
function copy(image: unknown): unknown {
  return Array.isArray(image) ? image.map(copy) : image instanceof Blob ? image.slice() : image;
}

describe("the images of a stored edit", () => {
  it("are those of the steps again after a reload, one as well as several", () => {
    const steps = [stepOf("base"), stepOf("reference")];
    const [base, reference] = steps.map(({ blob }) => blob);
    const foreign = new Blob(["foreign"]);
    for (const image of [base, [base], [base, reference], [reference, foreign]]) {
      const run = new EditRun("run", { prompt: "night", image });
      const record = toRunRecord(run, steps, place);
      const restored = fromRunRecord({ ...record, params: { ...record.params, image: copy(image) } }, steps);
      const [images, expected] = [restored.params["image"], image].map((one) => [one].flat());
      for (const [index, one] of (expected ?? []).entries())
        if (one === foreign) expect(images?.[index]).not.toBe(foreign);
        else expect(images?.[index]).toBe(one);
    }
  });

  it("of a result made from several are those of the steps, so that it can be made again below its parent", () => {
    const steps = [stepOf("base"), stepOf("reference")];
    const result = stepOf("result", "base");
    const images = steps.map(({ blob }) => blob);
    const record = toStepRecord(result, 2, [...steps, result], { prompt: "night", image: images });
    const inputs = { ...record.inputs, image: copy(images) };
    const [restored] = fromStepRecords([{ ...record, inputs }], steps);
    const again = (restored?.inputs?.["image"] ?? []) as readonly unknown[];
    expect(again.map((one, index) => one === images[index])).toEqual([true, true]);
  });
});

describe("the error of a stored edit", () => {
  const refused = {
    outcome: "rejected",
    status: 413,
    code: "upstream_413",
    serverMessage: "Too large",
  } as const;
  const problem = { field: "size", code: "not_in_list", message: "No.", severity: "error" } as const;
  it.each([
    [new HttpError("413", { ...refused, requestId: "req_1" }), isHttpError],
    [new TimeoutError("Too long.", { outcome: "unknown", code: "timeout" }), isTimeoutError],
    [new InvalidResponseError("No image.", { outcome: "unknown", code: "no_image" }), isInvalidResponseError],
    [new InvalidInputError({ problems: [problem] as never }), isInvalidInputError],
  ])("is of its class again after a reload: %s", (error, isOfClass) => {
    const run = new EditRun("run", { prompt: "night" });
    run.set({ status: "error", error, outcome: error.outcome, problems: [problem] as never });
    const restored = fromRunRecord(structuredClone(toRunRecord(run, [], place)), []).snapshot.error;
    expect(isOfClass(restored)).toBe(true);
    expect({ ...restored }).toEqual({ ...error });
    expect(restored).toMatchObject({ name: error.name, message: error.message });
  });
});
