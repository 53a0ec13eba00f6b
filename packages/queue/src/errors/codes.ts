/** Stable codes of the queue itself; the others are those of the command line and the client. */
export const queueCodes = {
  redis_unreachable: { outcome: "not-sent", sentence: "Redis cannot be reached." },
  redis_refused: {
    outcome: "depends",
    sentence: "Redis refused a command, such as for other data under the same names.",
  },
  redis_not_durable: {
    outcome: "not-sent",
    sentence: "Redis may forget in a power cut, or when its memory is full, what was sent.",
  },
  run_not_over: {
    outcome: "not-sent",
    sentence: "Rows of the run are queued, in flight, unknown or unwritten, so it is not forgotten.",
  },
  other_server: { outcome: "not-sent", sentence: "The worker sends to another server than the run." },
  busy: { outcome: "not-sent", sentence: "The worker still has an earlier delivery of the row." },
  run_missing: { outcome: "not-sent", sentence: "Redis has rows of a run, and not the run." },
} as const;
