import type { StorageState } from "@retouch/react-hooks";
import { Fragment } from "react";
import { MessageText } from "./form/message-text.tsx";
import type { Refused } from "./images/use-open-image.ts";
import { lostServerText } from "./runs/connection-messages.ts";
import type { LostServer } from "./runs/use-lost-server.ts";
import { ToolButton } from "./toolbar/tool-button.tsx";

interface PageNoticesProps {
  readonly isOnline: boolean;
  readonly lost: LostServer | undefined;
  readonly refused: Refused;
  readonly storage: StorageState;
  /** The files that are not in the archive of all versions. */
  readonly unsaved: readonly string[];
  /** Called when the message about what was refused is put away: the image needs its space on a phone. */
  readonly onClose: () => void;
}

/** What concerns the page, not an edit. */
export function PageNotices({ isOnline, lost, refused, storage, unsaved, onClose }: PageNoticesProps) {
  return (
    <div className="notices" tabIndex={-1}>
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
        <div className="notice can-close" role="alert">
          <p>
            {refused === "link" ? (
              "What was dropped is not a file, and nothing was opened. Save the image first, then drop or choose its file."
            ) : (
              <>
                <FileNames names={refused} /> cannot be shown here. Choose a PNG, JPEG or WebP file.
              </>
            )}
          </p>
          <ToolButton icon="close" label="Close this message" onPress={onClose} />
        </div>
      )}
      {unsaved.length > 0 && (
        <p className="notice" role="alert">
          This browser could not read {unsaved.join(", ")}: the archive is without them. Try it again, or
          download each at its version.
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

/** A name may be written from right to left, or turn around what follows it. */
function FileNames({ names }: { names: readonly string[] }) {
  return names.map((name, index) => (
    <Fragment key={index}>
      {index > 0 && ", "}
      <bdi>{name}</bdi>
    </Fragment>
  ));
}
