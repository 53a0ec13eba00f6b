import type { JournalEntry } from "./journal-entry.ts";
import { NumberList } from "./tables/number-list.ts";

/** What edits cost: what is known of each, else the most that it may cost. */
export interface Spending {
  usd: number;
  /** Attempts without a known price. */
  unpriced: number;
}

/** The costs of the edits of a journal, added up attempt by attempt. */
export class JournalCosts {
  readonly total: Spending = { usd: 0, unpriced: 0 };
  /** By the number of the edit: the most that an attempt may cost, and what its attempts cost. */
  readonly #maxUsd = new NumberList();
  readonly #spentUsd = new NumberList();

  /** Counts an entry; `wasSent` is whether the entry before it was the edit's sending. */
  add(index: number, entry: JournalEntry, wasSent: boolean): void {
    const max = this.#maxUsd.at(index);
    switch (entry.type) {
      case "planned":
        this.#maxUsd.set(index, entry.maxUsd ?? Number.NaN);
        break;
      case "sent":
        // The other process has its own entry.
        if (entry.isOfOther !== true) this.#count(index, max, 1);
        break;
      case "refused":
        this.#count(index, max, -1);
        break;
      case "failed":
        if (wasSent && (entry.outcome === "rejected" || entry.outcome === "not-sent"))
          this.#count(index, max, -1);
        break;
      case "saved":
        if (entry.spentUsd !== undefined) this.#count(index, entry.spentUsd ?? undefined, 1);
        else if (entry.usd !== undefined) {
          this.#count(index, max, -1);
          this.#count(index, entry.usd, 1);
        }
        break;
      default:
    }
  }

  /** Returns what an edit cost; null if a price is unknown. */
  spentOf(index: number): number | null {
    const usd = this.#spentUsd.at(index) ?? 0;
    return Number.isNaN(usd) ? null : usd;
  }

  #count(index: number, usd: number | undefined, sign: 1 | -1): void {
    const isKnown = usd !== undefined && !Number.isNaN(usd);
    if (isKnown) this.total.usd += sign * usd;
    else this.total.unpriced += sign;
    // NaN, an unknown price, stays.
    this.#spentUsd.set(index, (this.#spentUsd.at(index) ?? 0) + (isKnown ? sign * usd : Number.NaN));
  }
}
