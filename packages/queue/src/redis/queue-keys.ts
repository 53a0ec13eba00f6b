/** Names of what a queue stores in Redis. The braces put all of it into one slot of a cluster. */
export function queueKeys(queue: string) {
  const prefix = `retouch:{${queue}}`;
  return {
    prefix,
    /** Hash of one row: what was sent and how it ended. */
    row: (key: string) => `${prefix}:row:${key}`,
    /** JSON of {@link RunSettings}. */
    run: (run: string) => `${prefix}:run:${run}`,
    /** Keys of a run's rows in the order of its manifest, 16 bytes each: what `status` counts without the manifest. */
    rows: (run: string) => `${prefix}:rows:${run}`,
    /** Lines of a run's rows in its manifest, 4 bytes each: where `status` finds a row that it names. */
    lines: (run: string) => `${prefix}:lines:${run}`,
    /** Hash of all runs: what {@link RunSummary} says of each, as JSON. */
    runs: `${prefix}:runs`,
    /** Hash of a run: money reserved and spent, in micro-dollars, and counts of rows by how they ended. */
    totals: (run: string) => `${prefix}:totals:${run}`,
    /** Stream of how rows ended, which producers and `status` follow. */
    events: (run: string) => `${prefix}:events:${run}`,
    /** Hash of a run: why workers put rows back, as JSON by code. It is gone a minute after the last such row. */
    reasons: (run: string) => `${prefix}:reasons:${run}`,
    /** Hash of the rate: interval, next slot, end of a hold. */
    rate: `${prefix}:rate`,
  };
}
