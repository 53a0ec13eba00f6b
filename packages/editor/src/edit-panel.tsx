import type { Problem } from "@retouch/client";
import { useRef } from "react";
import { useSay } from "./announcer.tsx";
import { CostLine } from "./form/cost-line.tsx";
import { fieldsFor } from "./form/edit-fields.ts";
import { MarkupModel } from "./form/markup-model.tsx";
import { OptionsForm } from "./form/options-form.tsx";
import { ProblemList } from "./form/problem-list.tsx";
import { PromptForm } from "./form/prompt-form.tsx";
import { usePreflight } from "./form/use-preflight.ts";
import { ImageTray } from "./images/image-tray.tsx";
import { OutcomeNotes } from "./runs/outcome-notes.tsx";
import { RunQueue } from "./runs/run-queue.tsx";
import type { LostServer } from "./runs/use-lost-server.ts";
import { ScopeText } from "./scope-text.tsx";
import type { ServerSession } from "./server-session.ts";
import { useDraft } from "./use-draft.ts";
import type { Editor } from "./use-editor.ts";
import { useSubmit } from "./use-submit.ts";
import { flagsOf } from "./versions/equivalent-code.ts";
import { VersionDetails } from "./versions/version-details.tsx";
import { promptOf, shortPromptOf } from "./versions/version-name.ts";

interface EditPanelProps {
  readonly editor: Editor;
  readonly server: ServerSession;
  readonly isOnline: boolean;
  readonly lost: LostServer | undefined;
}

/** The fields that show their own problems. */
const ownFields = ["prompt", "model", "size", "quality", "n", "background", "output_format"];

/** A model that takes no markup is reported with one that does. */
function isShownElsewhere({ field, code, severity }: Problem): boolean {
  return ownFields.includes(field) || (field === "markup" && code === "refused" && severity === "error");
}

/** Everything about the next edit, and about the current version. */
export function EditPanel({ editor, server, isOnline, lost }: EditPanelProps) {
  const { edit, mask, fields, setFields, inputs, again, setAgainId } = editor;
  const { current, steps, references, setReferences } = edit;
  const say = useSay();
  const panel = useRef<HTMLElement>(null);
  const preflight = usePreflight(edit, inputs);
  const { submit, reason, hint, label, isOnItsWay } = useSubmit(editor, preflight, isOnline);
  useDraft(editor, server, isOnItsWay);
  const about = (field: string) => preflight.problems.filter((problem) => problem.field === field);
  const referenceIds = references.map(({ id }) => id);
  const focusPrompt = () => panel.current?.querySelector("textarea")?.focus();
  const changeBase = (id: string) => {
    edit.jumpTo(id);
    if (current !== undefined) setReferences([...referenceIds.filter((known) => known !== id), current.id]);
    say("The other image is edited now.");
  };
  return (
    <aside className="panel" aria-label="Edit" tabIndex={-1} ref={panel}>
      <PromptForm
        prompt={fields.prompt}
        // An empty prompt is reported by the button.
        problems={fields.prompt === "" || !preflight.isCurrent ? [] : about("prompt")}
        reason={reason}
        hint={hint}
        label={label}
        onPrompt={(prompt) => setFields({ ...fields, prompt })}
        onSubmit={() => void submit()}
      />
      <ProblemList
        id="other-problems"
        problems={preflight.problems.filter((problem) => !isShownElsewhere(problem))}
      />
      <RunQueue edit={edit} isMock={server.mock} disconnection={isOnline ? lost : "offline"} />
      <OutcomeNotes edit={edit} isOnline={isOnline} />
      {again !== undefined && (
        <div className="again" tabIndex={-1}>
          <p>
            This edit starts from the same image{inputs.sends && ` and the same ${inputs.sends}`} as “
            <bdi>{shortPromptOf(again)}</bdi>”.
          </p>
          <button className="button quiet small" type="button" onClick={() => setAgainId(undefined)}>
            Edit the current version instead
          </button>
        </div>
      )}
      {current !== undefined && (
        <>
          {inputs.sends === "markup" || editor.view === "markup" ? (
            <MarkupModel
              model={fields.model}
              limitsLike={fields.limitsLike}
              onModel={(model) => {
                setFields(fieldsFor(model, fields));
                say(`The model is ${model} now.`);
                focusPrompt();
              }}
            />
          ) : null}
          <ScopeText coverage={mask.coverage} inputs={inputs} composite={editor.composite} />
          <CostLine server={server} inputs={inputs} runs={edit.runs} />
          {again === undefined && (
            <ImageTray
              base={current}
              references={references.filter((step) => step !== current)}
              onAdd={(files) => void editor.add(files)}
              onRemove={(id) => setReferences(referenceIds.filter((known) => known !== id))}
              onBase={changeBase}
            />
          )}
        </>
      )}
      <details className="group">
        <summary>
          Model and options <span className="muted">{fields.model}</span>
        </summary>
        <OptionsForm
          fields={fields}
          firstModel={server.model}
          problems={preflight.problems}
          composite={editor.composite}
          onFields={setFields}
          onComposite={editor.setComposite}
        />
      </details>
      {current !== undefined && (
        <details className="group" open={current.params !== undefined}>
          <summary>This version</summary>
          <VersionDetails
            step={current}
            steps={steps}
            flags={server.flags ?? flagsOf(server.mock ? "" : server.host)}
            onAgain={() => {
              setAgainId(current.id);
              setFields({ ...fields, prompt: promptOf(current) });
              focusPrompt();
            }}
            onReference={() => {
              setReferences([...referenceIds, current.id]);
              say("It is a reference as soon as another version is edited.");
            }}
          />
        </details>
      )}
    </aside>
  );
}
