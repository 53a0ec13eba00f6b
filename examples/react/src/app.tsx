import { type ImageEdit, proxyTransport, type Step, useImageEdit, useMask } from "@retouch/react-hooks";
import { useCallback, useState } from "react";
import { DropZone } from "./drop-zone.tsx";
import { EditForm, type Wish } from "./edit-form.tsx";
import { EmptyStage } from "./empty-stage.tsx";
import { HistoryStrip } from "./history-strip.tsx";
import { Icon } from "./icon.tsx";
import { MaskToolbar } from "./mask-toolbar.tsx";
import { choicesOf, modelNames } from "./model-choices.ts";
import { OutcomeNote } from "./outcome-note.tsx";
import { PictureButton } from "./picture-button.tsx";
import { ProblemList } from "./problem-list.tsx";
import { ResultFacts } from "./result-facts.tsx";
import { RunStatus } from "./run-status.tsx";
import { type PictureSize, Stage, type View } from "./stage.tsx";
import { useOnline } from "./use-online.ts";
import { useOpenPicture } from "./use-open-picture.ts";
import { usePreflight } from "./use-preflight.ts";

const transport = proxyTransport("/api/image-edit");
/** Larger pictures are of no use to any model: they only take longer to upload. */
const prepare = { maxEdgePx: 4096 };
/** The fields that the form itself shows its problems beside. */
const formFields = ["prompt", "model", "size", "quality"];

/** Is the whole page: one picture, one mask, one wish. */
export function App() {
  const [wish, setWish] = useState<Wish>(() => wishFor(modelNames[0]));
  const [view, setView] = useState<View>("mask");
  const [loaded, setLoaded] = useState<PictureSize>();
  const isOnline = useOnline();
  const edit = useImageEdit({
    transport,
    prepare,
    onFinish: () => {
      mask.clear();
      setView("compare");
    },
  });
  const { current } = edit;
  // A result tells its size; a picture that was given has one when the browser has read it.
  const size = sizeOf(current) ?? (loaded?.id === current?.id ? loaded : undefined);
  const mask = useMask({ width: size?.width ?? 0, height: size?.height ?? 0 });
  const before = edit.steps.find(({ id }) => id === current?.parentId);
  usePreflight(edit, mask, wish);

  const { clear } = mask;
  const showMask = useCallback(() => {
    clear(); // the new picture may have the size of the old one
    setView("mask");
  }, [clear]);
  const { open, refused } = useOpenPicture(edit, showMask);
  const changeWish = (next: Wish) =>
    setWish(next.model === wish.model ? next : { ...wishFor(next.model), prompt: next.prompt });
  const blocked = edit.problems.some(({ severity }) => severity === "error") || wish.prompt.trim() === "";
  const canRun = current !== undefined && !edit.isBusy && !blocked && isOnline;
  const run = async () => {
    if (!canRun) return;
    const previews = choicesOf(wish.model).hasPreviews ? { partial_images: 2 } : {};
    await edit.edit({ ...wish, ...previews, mask: await mask.toMask() });
  };

  return (
    <DropZone onPicture={open}>
      <header className="top">
        <h1>
          <span className="logo" aria-hidden="true" />
          Retouch
        </h1>
        {current !== undefined && (
          <div className="row">
            <PictureButton quiet label="Another picture" onPicture={open} />
            <Download href={current.url} mediaType={current.mediaType} />
          </div>
        )}
      </header>
      {!isOnline && (
        <p className="notice" role="status">
          You are offline. Nothing can be sent, and nothing is lost: your picture and your mask stay here.
        </p>
      )}
      {refused !== undefined && (
        <p className="notice" role="alert">
          {refused} can not be shown here. Choose a PNG, JPEG or WebP.
        </p>
      )}
      <p className="visually-hidden" role="status">
        {announce(edit.status)}
      </p>
      <main className="page">
        <section className="board" aria-label="Picture">
          {current === undefined ? (
            <EmptyStage onPicture={open} />
          ) : (
            <>
              <div className="row spread board-top">
                <ViewSwitch
                  view={before === undefined ? "mask" : view}
                  canCompare={before !== undefined}
                  onView={setView}
                />
                <MaskToolbar
                  mask={mask}
                  disabled={edit.isBusy || (view === "compare" && before !== undefined)}
                />
              </div>
              <Stage {...{ edit, mask, current, before, view, size }} onSize={setLoaded} />
              <HistoryStrip edit={edit} />
            </>
          )}
        </section>
        <aside className="panel" aria-label="Edit">
          <EditForm
            wish={wish}
            problems={edit.problems}
            disabled={edit.isBusy}
            onWish={changeWish}
            onSubmit={run}
          />
          <p className="muted scope">{scopeOf(mask.isEmpty, mask.coverage)}</p>
          <ProblemList
            id="other-problems"
            problems={edit.problems.filter(({ field }) => !formFields.includes(field))}
          />
          <div className="run">
            {/* It stays where it is, and in focus: a Cancel in its place would take the second half of a double click. */}
            <button
              className="button primary wide"
              type="submit"
              form="edit-form"
              disabled={!canRun && !edit.isBusy}
              aria-disabled={edit.isBusy}
            >
              Edit the picture
            </button>
            <div className="run-room">
              {edit.isBusy && (
                <>
                  <RunStatus edit={edit} />
                  <button className="button danger wide" type="button" onClick={edit.cancel}>
                    Cancel
                  </button>
                </>
              )}
              <OutcomeNote edit={edit} isOnline={isOnline} />
              {current?.params !== undefined && edit.status === "success" && <ResultFacts step={current} />}
            </div>
          </div>
        </aside>
      </main>
    </DropZone>
  );
}

function ViewSwitch({
  view,
  canCompare,
  onView,
}: {
  view: View;
  canCompare: boolean;
  onView: (view: View) => void;
}) {
  return (
    <fieldset className="switch" aria-label="View">
      <button type="button" aria-pressed={view === "mask"} onClick={() => onView("mask")}>
        Mask
      </button>
      <button
        type="button"
        aria-pressed={view === "compare"}
        disabled={!canCompare}
        onClick={() => onView("compare")}
      >
        Compare
      </button>
    </fieldset>
  );
}

function Download({ href, mediaType }: { href: string; mediaType: string | undefined }) {
  const ending = mediaType?.split("/")[1]?.replace("jpeg", "jpg") ?? "png";
  return (
    <a className="button quiet" href={href} download={`retouched.${ending}`}>
      <Icon name="download" />
      <span>Download</span>
    </a>
  );
}

/** Says the turns of an edit to who can not see them; how it failed is an alert of its own. */
function announce(status: ImageEdit["status"]): string {
  if (status === "success") return "The edited picture is here.";
  return ["idle", "error", "canceled"].includes(status) ? "" : "The picture is being edited.";
}

function sizeOf(step: Step | undefined): PictureSize | undefined {
  if (step?.width === undefined || step.height === undefined) return undefined;
  return { id: step.id, width: step.width, height: step.height };
}

function scopeOf(isEmpty: boolean, coverage: number): string {
  if (isEmpty) return "Nothing is marked: all of it may change.";
  return `Only the marked ${Math.max(1, Math.round(coverage * 100))} % is to change.`;
}

function wishFor(model = ""): Wish {
  const { sizes, qualities } = choicesOf(model);
  return { model, prompt: "", size: sizes[0] ?? "", quality: qualities[0] ?? "" };
}
