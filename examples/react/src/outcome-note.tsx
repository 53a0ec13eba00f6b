import type { ImageEdit } from "@retouch/react-hooks";
import { CodeWords } from "./code-words.tsx";
import { describeCancel, describeFailure } from "./outcome-words.ts";

/** Says how an edit without a picture ended: what happened, what it may have cost, and what can be done. */
export function OutcomeNote({ edit, isOnline }: { edit: ImageEdit; isOnline: boolean }) {
  const { status, error, outcome = "unknown" } = edit;
  const words =
    status === "canceled"
      ? describeCancel(outcome)
      : error === undefined
        ? undefined
        : describeFailure(error, outcome, isOnline);
  if (words === undefined) return null;
  const requestId = error !== undefined && "requestId" in error ? error.requestId : undefined;
  return (
    <section className={`note ${status} ${outcome}`} role={status === "error" ? "alert" : "status"}>
      <h2>{words.title}</h2>
      <p>
        <CodeWords text={words.text} />
      </p>
      <p className="billing">{words.billing}</p>
      {requestId !== undefined && (
        <p className="muted">
          Ask the server’s people about <code>{requestId}</code>.
        </p>
      )}
      <button className="button quiet" type="button" disabled={!isOnline} onClick={edit.retry}>
        {words.retry}
      </button>
    </section>
  );
}
