import type { ImageEdit, Run } from "@retouch/react-hooks";
import { shorten } from "../shorten.ts";
import { type Disconnection, sentEditText } from "./connection-messages.ts";
import { useSeconds } from "./use-seconds.ts";

interface RunQueueProps {
  readonly edit: ImageEdit;
  readonly isMock: boolean;
  /** Why nothing is known of the edit in progress. */
  readonly disconnection: Disconnection | undefined;
}

/** The edits that are not finished: the one in progress, and those that wait for it. */
export function RunQueue({ edit, isMock, disconnection }: RunQueueProps) {
  const open = edit.runs.filter(({ status }) => !["success", "error", "canceled"].includes(status));
  if (open.length === 0) return null;
  return (
    <section className="queue" aria-label="Edits in progress" tabIndex={-1}>
      <ol>
        {open.map((run) => (
          <li key={run.id}>
            <div className="row spread">
              <strong className="queue-prompt" dir="auto">
                {shorten(String(run.params["prompt"]))}
              </strong>
              <button
                className="button danger small"
                type="button"
                aria-label={`Cancel: ${shorten(String(run.params["prompt"]))}`}
                onClick={() => edit.cancel(run.id)}
              >
                Cancel
              </button>
            </div>
            {run.status === "queued" ? (
              <p className="muted">Waits for the edit before it. Nothing of it is sent yet.</p>
            ) : (
              <Progress
                run={run}
                preview={edit.partial?.index}
                unknown={disconnection && sentEditText(disconnection, isMock)}
              />
            )}
          </li>
        ))}
      </ol>
    </section>
  );
}

interface ProgressProps {
  readonly run: Run;
  readonly preview: number | undefined;
  /** Why its progress is not known, once it is sent. */
  readonly unknown: string | undefined;
}

/** Progress of the edit at work. Its size does not depend on its text. */
function Progress({ run, preview = 0, unknown }: ProgressProps) {
  const seconds = useSeconds();
  if (unknown !== undefined && run.status !== "preparing") return <p role="status">{unknown}</p>;
  const fraction = run.progress?.fraction ?? 0;
  const label = {
    preparing: "Preparing the image. Nothing is sent yet",
    uploading: `Uploading: ${Math.floor(fraction * 100)} %`,
    processing: "Uploaded. The model is at work",
    streaming: `Preview ${preview + 1}. The model is at work`,
  }[run.status as "preparing" | "uploading" | "processing" | "streaming"];
  return (
    <div className="run-status">
      <div className="row spread">
        <span>{label}</span>
        <span className="muted">{seconds} s</span>
      </div>
      {run.status === "uploading" ? (
        <progress max={1} value={fraction} aria-label="Upload" />
      ) : (
        <progress aria-label={label} />
      )}
    </div>
  );
}
