import { costOf, ratesOf } from "@retouch/client/models";
import type { Run } from "@retouch/react-hooks";
import { knownModel } from "./model-choices.ts";

/** What the edits of a session have cost. */
export interface Spent {
  readonly usd: number;
  /** Edits that succeeded, but whose cost is not published. */
  readonly unpriced: number;
  /** Edits without an image that may have been billed. */
  readonly unknown: number;
}

/** Returns what edits have cost: the server's own figures, or else the prices of the tokens that they used. */
export function spentOn(runs: readonly Run[], limitsLike?: string): Spent {
  const made = runs.filter(({ status }) => status === "success");
  const costs = made.map(
    (run) => run.costUsd ?? costOf(run.usage, ratesOf(knownModel(String(run.params["model"]), limitsLike))),
  );
  const hasNoImage = ({ status }: Run) => status === "error" || status === "canceled";
  return {
    usd: costs.reduce<number>((sum, cost) => sum + (cost ?? 0), 0),
    unpriced: costs.filter((cost) => cost === undefined).length,
    unknown: runs.filter((run) => hasNoImage(run) && run.outcome === "unknown").length,
  };
}
