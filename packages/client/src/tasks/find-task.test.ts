import { describe, expect, it } from "vitest";
import { chat, failureOf, read } from "../fixtures/response-samples.ts";

const submitted = {
  code: 200,
  message: "success",
  data: { task_id: "58cb41b7-556d-46c0-b82e-1e116aa1a31a" },
};

describe("a response without an image", () => {
  it.each<[string, unknown, string]>([
    ["task_id", { task_id: "abc", status: "submitted" }, "abc"],
    ["id of a task", { id: "task_01", object: "image.task" }, "task_01"],
    ["id beside a pending state", { id: "xyz", status: "queued" }, "xyz"],
    ["id of a response in the background", { id: "resp_1", status: "in_progress", output: [] }, "resp_1"],
    ["request_id of a queue", { request_id: "r-1", status: "IN_QUEUE", queue_position: 2 }, "r-1"],
    ["a wrapped task_id", submitted, submitted.data.task_id],
    [
      "data that is the id",
      { code: "success", message: "", data: submitted.data.task_id },
      submitted.data.task_id,
    ],
    ["a number", { task_id: 4711, status: "pending" }, "4711"],
    [
      "the task before its input",
      {
        data: {
          input: { task_id: "old" },
          task_id: "new",
          status: "pending",
          error: { code: 0, message: "" },
        },
      },
      "new",
    ],
    [
      "the state of the task, not of the call",
      { status: "success", data: { id: "a", status: "processing" } },
      "a",
    ],
  ])("is a task that is pending: %s", async (_, response, taskId) => {
    const error = await failureOf(read(response));
    expect(error).toMatchObject({ code: "task_pending", outcome: "unknown", taskId });
    expect(error.message).toContain(`The server made task ${taskId} of the edit and sent no image yet.`);
    expect(error.message).toContain(
      `look up task ${taskId} before you retry. Tasks are polled with \`dialect.task\`.`,
    );
    expect(JSON.parse(Buffer.from((await error.rawBody()) ?? []).toString())).toEqual(response);
  });

  it.each<[string, unknown]>([
    ["an error", { error: { message: "Bad prompt.", code: "invalid" }, task_id: "t1" }],
    ["an error by its code", { code: 400, message: "Bad prompt.", data: { task_id: "t1" } }],
    ["a task that failed", { task_id: "t1", status: "failed", message: "Bad prompt." }],
    ["a call that failed", { success: false, msg: "Bad prompt.", task_id: "t1" }],
    ["a status of HTTP", { status: 422, detail: "Bad prompt.", request_id: "r1", task_id: "t1" }],
    ["the id of a request", { request_id: "r1", message: "Bad prompt.", data: [] }],
    ["the id of what is done", { id: "x", status: "succeeded", output: [] }],
    ["the chat of a model", { ...chat("Bad prompt."), id: "task-1", status: "queued" }],
    ["an empty id", { task_id: "", message: "Bad prompt." }],
    ["the id of an input", { input: { task_id: "t1" }, message: "Bad prompt." }],
  ])("is not a task: %s", async (_, response) => {
    const error = await failureOf(read(response));
    expect(error.code).not.toBe("task_pending");
    expect(error).toMatchObject({ outcome: "unknown", taskId: undefined });
  });

  it("is a task that is pending when its status is 202, with an id or without", async () => {
    const of = (response: unknown) => failureOf(read(response, { isAccepted: true }));
    expect(await of({ id: "abc" })).toMatchObject({ code: "task_pending", taskId: "abc" });
    const error = await of({ message: "Accepted" });
    expect(error).toMatchObject({ code: "task_pending", taskId: undefined });
    expect(error.message).toContain("The server accepted the edit and sent no image yet");
    expect((await of({ error: { message: "No." } })).code).toBe("error_in_response");
  });

  it("names an id without what a terminal would obey, or what was sent", async () => {
    const id = "task-\u001b[31msk-test\u202e-1";
    const error = await failureOf(
      read({ task_id: id, status: "queued" }, { redact: (text) => text.replace("sk-test", "[redacted]") }),
    );
    expect(error.taskId).toBe("task-[redacted] -1");
    expect(error.message).not.toContain("sk-test");
  });
});
