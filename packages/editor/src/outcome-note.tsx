import type { ImageEdit } from "@retouch/react-hooks";
import { MessageText } from "./message-text.tsx";
import { cancelMessage, failureMessage } from "./outcome-messages.ts";

/** Note about an edit that returned no image: what happened, what may have been billed, and what to do. */
export function OutcomeNote({ edit, isOnline }: { edit: ImageEdit; isOnline: boolean }) {
  const { status, error, outcome = "unknown" } = edit;
  const message =
    status === "canceled"
      ? cancelMessage(outcome)
      : error === undefined
        ? undefined
        : failureMessage(error, outcome, isOnline);
  if (message === undefined) return null;
  const requestId = error !== undefined && "requestId" in error ? error.requestId : undefined;
  return (
    <section className={`note ${status} ${outcome}`} role={status === "error" ? "alert" : "status"}>
      <h2>{message.title}</h2>
      <p>
        <MessageText text={message.text} />
      </p>
      <p className="billing">{message.billing}</p>
      {requestId !== undefined && (
        <p className="muted">
          Ask the provider about request <code>{requestId}</code>.
        </p>
      )}
      <button className="button quiet" type="button" disabled={!isOnline} onClick={edit.retry}>
        {message.retry}
      </button>
    </section>
  );
}
