/** Stable codes of the queue itself; the others are those of the command line and the client. */
export const queueCodes = {
  redis_unreachable: { outcome: "not-sent", sentence: "Redis cannot be reached." },
  redis_not_durable: {
    outcome: "not-sent",
    sentence: "Redis may forget in a power cut, or when its memory is full, what was sent.",
  },
  run_missing: { outcome: "not-sent", sentence: "Redis has rows of a run, and not the run." },
} as const;
