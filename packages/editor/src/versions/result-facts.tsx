import type { Step } from "@retouch/react-hooks";

/** Facts that the server reported about the current image. */
export function ResultFacts({ step }: { step: Step }) {
  const { width, height, usage, requestId, revisedPrompt, prepared, composite } = step;
  const changed = prepared.filter((report) => report.changed);
  return (
    <dl className="facts">
      {width !== undefined && height !== undefined && (
        <div>
          <dt>Image</dt>
          <dd>
            <bdi dir="ltr">
              {width} × {height}
            </bdi>
          </dd>
        </div>
      )}
      {composite !== undefined && (
        <div>
          <dt>Outside the mask</dt>
          <dd>
            Put back, every pixel. The model had changed {percentOf(composite.drift.changedShare)} there.
          </dd>
        </div>
      )}
      {usage?.totalTokens !== undefined && (
        <div>
          <dt>Used</dt>
          <dd>{usage.totalTokens.toLocaleString()} tokens</dd>
        </div>
      )}
      {revisedPrompt !== undefined && (
        <div>
          <dt>Revised prompt</dt>
          <dd dir="auto">{revisedPrompt}</dd>
        </div>
      )}
      {changed.map(({ field, message }) => (
        <div key={field}>
          <dt>Before sending</dt>
          <dd>{message}</dd>
        </div>
      ))}
      {requestId !== undefined && (
        <div>
          <dt>Request</dt>
          <dd>
            <code>{requestId}</code>
          </dd>
        </div>
      )}
    </dl>
  );
}

function percentOf(share: number): string {
  return `${share > 0 && share < 0.01 ? "less than 1" : Math.round(100 * share)} %`;
}
