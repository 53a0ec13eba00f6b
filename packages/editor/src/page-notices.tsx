import type { StorageState } from "@retouch/react-hooks";
import { MessageText } from "./form/message-text.tsx";
import { lostServerText } from "./runs/connection-messages.ts";
import type { LostServer } from "./runs/use-lost-server.ts";

interface PageNoticesProps {
  readonly isOnline: boolean;
  readonly lost: LostServer | undefined;
  readonly refused: readonly string[];
  readonly storage: StorageState;
}

/** What concerns the page, not an edit. */
export function PageNotices({ isOnline, lost, refused, storage }: PageNoticesProps) {
  return (
    <div className="notices">
      {!isOnline && (
        <p className="notice" role="status">
          You are offline. Nothing can be sent, and nothing is lost: your image and your mask stay here.
        </p>
      )}
      {isOnline && lost !== undefined && (
        <p className="notice" role="alert">
          <MessageText text={lostServerText[lost]} /> Your versions are still here.
        </p>
      )}
      {refused.length > 0 && (
        <p className="notice" role="alert">
          {refused.join(", ")} cannot be shown here. Choose a PNG, JPEG or WebP file.
        </p>
      )}
      {storage.status === "failed" && (
        <p className="notice" role="status">
          {storage.code === "storage_full"
            ? "This browser has no room left: new versions do not survive a reload. Download what you want to keep."
            : "This browser stores nothing for this page: versions do not survive a reload. Download what you want to keep."}
        </p>
      )}
    </div>
  );
}
