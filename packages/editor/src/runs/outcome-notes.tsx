import type { ImageEdit, Run } from "@retouch/react-hooks";
import { MessageText } from "../form/message-text.tsx";
import { LongText } from "../long-text.tsx";
import { cancelMessage, codeOf, failureMessage } from "./outcome-messages.ts";
import { usePutAway } from "./use-put-away.ts";

/** Notes about edits that returned no image, newest first, until they are tried again or put away. */
export function OutcomeNotes({ edit, isOnline }: { edit: ImageEdit; isOnline: boolean }) {
  const { isAway, putAway } = usePutAway(edit.runs);
  const retried = new Set(edit.runs.map(({ retryOf }) => retryOf));
  const shown = edit.runs.filter(
    ({ id, status }) => (status === "error" || status === "canceled") && !retried.has(id) && !isAway(id),
  );
  return (
    <div className="notes" tabIndex={-1}>
      {shown.toReversed().map((run) => (
        <OutcomeNote
          key={run.id}
          run={run}
          isOnline={isOnline}
          onRetry={() => void edit.retry(run.id)}
          onAway={() => putAway(run.id)}
        />
      ))}
    </div>
  );
}

interface OutcomeNoteProps {
  readonly run: Run;
  readonly isOnline: boolean;
  readonly onRetry: () => void;
  readonly onAway: () => void;
}

/** Note about one edit: what happened, what may have been billed, and what to do. */
function OutcomeNote({ run, isOnline, onRetry, onAway }: OutcomeNoteProps) {
  const { status, error, outcome = "unknown", requestId, params } = run;
  const code = codeOf(error);
  const message =
    status === "canceled" || error === undefined
      ? cancelMessage(outcome, error)
      : failureMessage(error, outcome, isOnline);
  return (
    <section className={`note ${status} ${outcome}`} role={status === "error" ? "alert" : "status"}>
      <h2>{message.title}</h2>
      <p>
        <MessageText text={message.text} />
      </p>
      <p className="billing">{message.billing}</p>
      <LongText className="muted note-details" label="Its prompt: " text={String(params["prompt"])} />
      {code !== undefined && (
        <p className="muted note-details">
          Code <code>{code}</code>
        </p>
      )}
      {requestId !== undefined && (
        <p className="muted note-details">
          Ask the provider about request <code>{requestId}</code>.
        </p>
      )}
      <div className="row">
        <button
          className="button quiet"
          type="button"
          aria-disabled={!isOnline}
          onClick={() => {
            if (isOnline) onRetry();
          }}
        >
          {message.retry}
        </button>
        <button className="button quiet" type="button" onClick={onAway}>
          Put away
        </button>
      </div>
    </section>
  );
}
