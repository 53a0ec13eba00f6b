import type { Terminal } from "../terminal/terminal.ts";
import type { EditProgress } from "./edit-client.ts";
import type { EditJob } from "./edit-job.ts";

/** Shows how far one edit has come, with the share that was uploaded and the time that passed. */
export function showProgress(
  terminal: Terminal,
  { inputs, params }: Pick<EditJob, "inputs" | "params">,
): { update(progress: EditProgress): void; stop(): void } {
  const what = inputs.length === 1 ? inputs[0]?.label : `${inputs.length} pictures`;
  const title = `Editing ${what} with ${String(params["model"])}`;
  const line = terminal.progress(title);
  return {
    update(progress) {
      if (progress.step === "uploading")
        line.update(`${title}: uploading ${Math.floor(progress.share * 100)} %`);
      else if (progress.step === "partial") line.update(`${title}: unfinished picture ${progress.index + 1}`);
      else line.update(`${title}: waiting for the model`);
    },
    stop: line.stop,
  };
}
