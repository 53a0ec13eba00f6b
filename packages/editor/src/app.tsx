// Over 220 lines: the whole page, as people copy it.
import {
  type ImageEdit,
  proxyTransport,
  type Step,
  useImageEdit,
  useMask,
  useViewport,
} from "@retouch/react-hooks";
import { useCallback, useState } from "react";
import { DropZone } from "./drop-zone.tsx";
import { type EditFields, EditForm } from "./edit-form.tsx";
import { EmptyStage } from "./empty-stage.tsx";
import { HistoryStrip } from "./history-strip.tsx";
import { Icon } from "./icon.tsx";
import { ImageButton } from "./image-button.tsx";
import { MaskToolbar } from "./mask-toolbar.tsx";
import { choicesOf, firstModel } from "./model-choices.ts";
import { OutcomeNote } from "./outcome-note.tsx";
import { ProblemList } from "./problem-list.tsx";
import { ResultFacts } from "./result-facts.tsx";
import { RunStatus } from "./run-status.tsx";
import { type ImageSize, Stage, type View } from "./stage.tsx";
import { useOnline } from "./use-online.ts";
import { useOpenImage } from "./use-open-image.ts";
import { usePreflight } from "./use-preflight.ts";
import { ZoomControls } from "./zoom-controls.tsx";

const transport = proxyTransport("/api/image-edit");
/** Without a mask. Larger images do not help any model; they only take longer to upload. */
const prepare = { maxEdgePx: 4096 };
/** The fields whose problems the form shows itself. */
const formFields = ["prompt", "model", "size", "quality"];

/** The size of an image until the browser has loaded it. */
const unmeasured = { width: 1, height: 1 };

/** The page: one image, one mask, one form. */
export function App() {
  const [fields, setFields] = useState<EditFields>(() => defaultFields(firstModel));
  const [view, setView] = useState<View>("mask");
  const [loaded, setLoaded] = useState<ImageSize>();
  const isOnline = useOnline();
  const edit = useImageEdit({
    transport,
    prepare,
    composite: true, // an edit inside a mask keeps every pixel outside it, at full resolution
    onFinish: () => {
      mask.clear();
      setView("compare");
    },
  });
  const { current } = edit;
  // A result has its size; a source gets one when the browser has loaded it.
  const size = sizeOf(current) ?? (loaded?.id === current?.id ? loaded : undefined);
  const mask = useMask({ width: size?.width ?? 0, height: size?.height ?? 0 });
  const viewport = useViewport(size ?? unmeasured);
  const before = edit.steps.find(({ id }) => id === current?.parentId);
  usePreflight(edit, mask, fields);

  const { clear } = mask;
  const showMask = useCallback(() => {
    clear(); // the new image may have the same size as the old one
    setView("mask");
  }, [clear]);
  const { open, refused } = useOpenImage(edit, showMask);
  const changeFields = (next: EditFields) =>
    setFields(next.model === fields.model ? next : { ...defaultFields(next.model), prompt: next.prompt });
  const blocked = edit.problems.some(({ severity }) => severity === "error") || fields.prompt.trim() === "";
  const canRun = current !== undefined && !edit.isPending && !blocked && isOnline;
  const run = async () => {
    if (!canRun) return;
    const previews = choicesOf(fields.model).hasPreviews ? { partial_images: 2 } : {};
    await edit.edit({ ...fields, ...previews, mask: await mask.toMask() });
  };

  return (
    <DropZone onImage={open}>
      <header className="top">
        <h1>
          <span className="logo" aria-hidden="true" />
          Retouch
        </h1>
        {current !== undefined && (
          <div className="row">
            <ImageButton quiet label="Another image" onImage={open} />
            <Download href={current.url} mediaType={current.mediaType} />
          </div>
        )}
      </header>
      {!isOnline && (
        <p className="notice" role="status">
          You are offline. Nothing can be sent, and nothing is lost: your image and your mask stay here.
        </p>
      )}
      {refused !== undefined && (
        <p className="notice" role="alert">
          {refused} cannot be shown here. Choose a PNG, JPEG or WebP file.
        </p>
      )}
      <p className="visually-hidden" role="status">
        {announce(edit.status)}
      </p>
      <main className="page">
        <section className="board" aria-label="Image">
          {current === undefined ? (
            <EmptyStage onImage={open} />
          ) : (
            <>
              <div className="row spread board-top">
                <ViewSwitch
                  view={before === undefined ? "mask" : view}
                  canCompare={before !== undefined}
                  onView={setView}
                />
                <ZoomControls viewport={viewport} />
                <MaskToolbar
                  mask={mask}
                  disabled={edit.isPending || (view === "compare" && before !== undefined)}
                />
              </div>
              <Stage {...{ edit, mask, viewport, current, before, view, size }} onSize={setLoaded} />
              <HistoryStrip edit={edit} />
            </>
          )}
        </section>
        <aside className="panel" aria-label="Edit">
          <EditForm
            fields={fields}
            problems={edit.problems}
            disabled={edit.isPending}
            onFields={changeFields}
            onSubmit={run}
          />
          <p className="muted scope">{scopeOf(mask.isEmpty, mask.coverage)}</p>
          <ProblemList
            id="other-problems"
            problems={edit.problems.filter(({ field }) => !formFields.includes(field))}
          />
          <div className="run">
            {/* It stays in place and focused: a Cancel button here would receive the second half of a double click. */}
            <button
              className="button primary wide"
              type="submit"
              form="edit-form"
              disabled={!canRun && !edit.isPending}
              aria-disabled={edit.isPending}
            >
              Edit the image
            </button>
            <div className="run-details">
              {edit.isPending && (
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
  const extension = mediaType?.split("/")[1]?.replace("jpeg", "jpg") ?? "png";
  return (
    <a className="button quiet" href={href} download={`retouched.${extension}`}>
      <Icon name="download" />
      <span>Download</span>
    </a>
  );
}

/** Returns the status that a screen reader announces. A failure has its own alert. */
function announce(status: ImageEdit["status"]): string {
  if (status === "success") return "The edited image is here.";
  return ["idle", "error", "canceled"].includes(status) ? "" : "The image is being edited.";
}

function sizeOf(step: Step | undefined): ImageSize | undefined {
  if (step?.width === undefined || step.height === undefined) return undefined;
  return { id: step.id, width: step.width, height: step.height };
}

function scopeOf(isEmpty: boolean, coverage: number): string {
  if (isEmpty) return "No mask: the entire image may change.";
  return `Only the marked ${Math.max(1, Math.round(coverage * 100))} % may change.`;
}

function defaultFields(model = ""): EditFields {
  const { sizes, qualities } = choicesOf(model);
  return { model, prompt: "", size: sizes[0] ?? "", quality: qualities[0] ?? "" };
}
