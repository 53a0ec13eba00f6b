import { createTasks, type TaskName } from "./tasks.ts";

/** One task, as {@link runTask} posts it. */
interface TaskMessage {
  readonly id: number;
  readonly name: TaskName;
  readonly args: readonly unknown[];
}

const tasks = createTasks();

addEventListener("message", async ({ data: { id, name, args } }: MessageEvent<TaskMessage>) => {
  try {
    const run = tasks[name] as (...given: readonly unknown[]) => Promise<unknown>;
    postMessage({ id, value: await run(...args) });
  } catch (error) {
    postMessage({ id, error: String((error as Error).message) });
  }
});
