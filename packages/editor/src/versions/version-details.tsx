import type { Step } from "@retouch/react-hooks";
import type { EditParameters } from "../form/edit-fields.ts";
import { LongText } from "../long-text.tsx";
import { Icon } from "../toolbar/icon.tsx";
import { CopyText } from "./copy-text.tsx";
import { save } from "./download.ts";
import { cliCommand, clientCode } from "./equivalent-code.ts";
import { MarkupThumbnail, MaskThumbnail } from "./mask-thumbnail.tsx";
import { ResultFacts } from "./result-facts.tsx";
import { fileNameOf, markupOf, numberOf, paramsOfStep } from "./version-name.ts";

interface VersionDetailsProps {
  readonly step: Step;
  readonly steps: readonly Step[];
  readonly flags: readonly string[];
  readonly onAgain: () => void;
  readonly onReference: () => void;
}

/** The current version: its prompt and mask, what the server said, and how to make it again. */
export function VersionDetails({ step, steps, flags, onAgain, onReference }: VersionDetailsProps) {
  const parent = steps.find(({ id }) => id === step.parentId);
  const number = numberOf(steps, step.id);
  const { mask, composite } = step;
  const params = paramsOfStep(step);
  const markup = markupOf(step);
  const equivalent = params && {
    params: params as unknown as EditParameters,
    images: inputNames(step, steps),
    mask: mask && `mask-${number}.png`,
    markup: markup && `markup-${number}.png`,
    composite: composite !== undefined,
    flags,
  };
  return (
    <div className="version" tabIndex={-1}>
      {params !== undefined && <LongText className="version-prompt" text={String(params["prompt"])} />}
      {mask !== undefined && <MaskThumbnail image={parent ?? step} mask={mask} />}
      {markup !== undefined && <MarkupThumbnail image={parent ?? step} markup={markup} />}
      <div className="row">
        {params !== undefined && (
          <button className="button quiet" type="button" onClick={onAgain}>
            <Icon name="again" />
            Same {mask ? "mask" : markup ? "markup" : "image"}, new prompt
          </button>
        )}
        <button className="button quiet" type="button" onClick={onReference}>
          <Icon name="layers" />
          Use as reference
        </button>
        <a className="button quiet" href={step.url} download={fileNameOf(step)}>
          <Icon name="download" />
          Download
        </a>
        {mask !== undefined && <FileDownload kind="mask" file={mask} number={number} />}
        {markup !== undefined && <FileDownload kind="markup" file={markup} number={number} />}
      </div>
      <ResultFacts step={step} />
      {equivalent !== undefined && (
        <details className="code">
          <summary>The same edit as a command and as code</summary>
          <CopyText label="Command" text={cliCommand(equivalent)} />
          <CopyText label="TypeScript" text={clientCode(equivalent)} />
        </details>
      )}
    </div>
  );
}

/** Returns the file names of what was sent, as "Download all versions" saves them. */
function inputNames({ inputIds, parentId }: Step, steps: readonly Step[]): readonly string[] {
  return (inputIds ?? [parentId ?? undefined]).map((id, index) => {
    const input = steps.find((known) => known.id === id);
    return input === undefined ? `image-${index + 1}.png` : fileNameOf(input, numberOf(steps, input.id));
  });
}

interface FileDownloadProps {
  readonly kind: "mask" | "markup";
  readonly file: Blob;
  readonly number: number | undefined;
}

function FileDownload({ kind, file, number }: FileDownloadProps) {
  return (
    <button className="button quiet" type="button" onClick={() => save(file, `${kind}-${number}.png`)}>
      <Icon name="download" />
      Download the {kind}
    </button>
  );
}
