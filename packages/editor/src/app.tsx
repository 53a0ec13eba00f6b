import { useState } from "react";
import { Announcer } from "./announcer.tsx";
import { EditPanel } from "./edit-panel.tsx";
import { DropZone } from "./images/drop-zone.tsx";
import { EmptyStage } from "./images/empty-stage.tsx";
import { ImageButton } from "./images/image-button.tsx";
import { useInitialImages } from "./images/use-initial-images.ts";
import { PageNotices } from "./page-notices.tsx";
import { useLostServer } from "./runs/use-lost-server.ts";
import { useOnline } from "./runs/use-online.ts";
import type { ServerSession } from "./server-session.ts";
import { MarkupToolbar } from "./stage/markup-toolbar.tsx";
import { MaskToolbar } from "./stage/mask-toolbar.tsx";
import { Stage } from "./stage/stage.tsx";
import { ViewSwitch } from "./stage/view-switch.tsx";
import { ZoomControls } from "./stage/zoom-controls.tsx";
import { Icon } from "./toolbar/icon.tsx";
import { useEditor } from "./use-editor.ts";
import { useKeptFocus } from "./use-kept-focus.ts";
import { downloadAll } from "./versions/download.ts";
import { fileNameOf } from "./versions/version-name.ts";
import { VersionTree } from "./versions/version-tree.tsx";

/** The page: one image, one mask, one form. */
export function App({ server }: { server: ServerSession }) {
  return (
    <Announcer>
      <EditorPage server={server} />
    </Announcer>
  );
}

function EditorPage({ server }: { server: ServerSession }) {
  const editor = useEditor(server);
  const {
    edit,
    mask,
    markup,
    viewport,
    view,
    setView,
    paints,
    before,
    open,
    refuseLink,
    refused,
    clearRefused,
  } = editor;
  const { current, steps, storage } = edit;
  const [isPanning, setPanning] = useState(false);
  const [unsaved, setUnsaved] = useState<readonly string[]>([]);
  const isOnline = useOnline(server);
  useKeptFocus();
  useInitialImages(server, edit, open);
  const lost = useLostServer(server, edit, isOnline);
  const tools = { isPanning, onPanning: setPanning, onUse: () => setView(paints) };
  return (
    <DropZone onImages={open} onNoFile={refuseLink}>
      <header className="top">
        <h1>
          <span className="logo" aria-hidden="true" />
          Retouch
        </h1>
        <p className="server muted">
          {server.mock ? (
            <>
              Mock<span className="aside">: nothing is billed</span>
            </>
          ) : (
            server.host
          )}
        </p>
        {current !== undefined && (
          <div className="row top-actions">
            <ImageButton label="Open an image" look="quiet icon-only" onImages={open} />
            <ImageButton label="Take a photo" icon="camera" look="quiet icon-only" camera onImages={open} />
            <a className="button quiet shrinks" href={current.url} download={fileNameOf(current)}>
              <Icon name="download" />
              <span>Download</span>
            </a>
          </div>
        )}
      </header>
      <PageNotices {...{ isOnline, lost, refused, storage, unsaved }} onClose={clearRefused} />
      <main className={current === undefined ? "page is-empty" : "page"}>
        <section className="board" aria-label="Image" tabIndex={-1}>
          {current === undefined ? (
            <EmptyStage onImages={open} />
          ) : (
            <>
              <div className="board-top">
                <ViewSwitch
                  view={view === "compare" && before === undefined ? paints : view}
                  canCompare={before !== undefined && !edit.isPending}
                  onView={setView}
                />
                <ZoomControls viewport={viewport} />
                {paints === "mask" ? (
                  <MaskToolbar mask={mask} {...tools} />
                ) : (
                  <MarkupToolbar markup={markup} {...tools} />
                )}
              </div>
              <Stage editor={editor} current={current} isPanning={isPanning} />
              <VersionTree edit={edit} onDownloadAll={() => void downloadAll(steps).then(setUnsaved)} />
            </>
          )}
        </section>
        <EditPanel editor={editor} server={server} isOnline={isOnline} lost={lost} />
      </main>
    </DropZone>
  );
}
