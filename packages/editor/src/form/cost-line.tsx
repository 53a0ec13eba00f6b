import { estimateCost } from "@retouch/client/models";
import type { Run } from "@retouch/react-hooks";
import type { ServerSession } from "../server-session.ts";
import type { EditInputs } from "../use-editor.ts";
import { knownModel } from "./model-choices.ts";
import { type Spent, spentOn } from "./spent-on.ts";
import { usd } from "./usd.ts";

/** What the next edit may cost, and what the edits until now have cost. */
export function CostLine({ server, inputs, runs }: CostLineProps) {
  const { params, images, sends } = inputs;
  const { limitsLike } = server;
  const model = knownModel(params.model, limitsLike);
  const most = estimateCost({ ...params, model, image: images, ...(sends && { [sends]: true }) });
  const spent = spentOn(runs, limitsLike);
  return (
    <div className="cost">
      <dl>
        <div>
          <dt>This edit</dt>
          <dd>{most === undefined ? "no published price for this model" : `at most ${usd(most)}`}</dd>
        </div>
        <div>
          <dt>Spent so far</dt>
          <dd>{spentText(spent)}</dd>
        </div>
      </dl>
      <p className="muted">{whose(server, model === params.model ? undefined : model)}</p>
    </div>
  );
}

interface CostLineProps {
  readonly server: ServerSession;
  readonly inputs: EditInputs;
  readonly runs: readonly Run[];
}

function spentText({ usd: total, unpriced, unknown }: Spent): string {
  const parts = [usd(total)];
  if (unpriced > 0) parts.push(`${unpriced} of unknown price`);
  if (unknown > 0) parts.push(`${unknown} may have been billed`);
  return parts.join(", ");
}

function whose({ mock, priceKnown, host }: ServerSession, other: string | undefined): string {
  if (mock) return "This is the mock: nothing is billed. The prices are those of the real model.";
  if (other !== undefined) return `Estimated from the published prices of ${other}.`;
  return priceKnown
    ? "Estimated from the published prices of the model."
    : `Published prices of OpenAI. ${host} may charge differently.`;
}
