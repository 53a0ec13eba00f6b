/** Stable codes of the command line itself; the others come from the client. */
export const cliCodes = {
  usage: { outcome: "not-sent", sentence: "The command line is not valid." },
  invalid_manifest: { outcome: "not-sent", sentence: "The manifest is not valid." },
  invalid_row: { outcome: "not-sent", sentence: "A row of the manifest is not valid." },
  unknown_price: { outcome: "not-sent", sentence: "A budget is set, but the price of a row is unknown." },
  over_budget: { outcome: "not-sent", sentence: "The run would cost more than its budget." },
  not_started: { outcome: "not-sent", sentence: "The run stopped before this row was sent." },
  locked: { outcome: "not-sent", sentence: "Another process uses the same run directory." },
  lock_lost: { outcome: "not-sent", sentence: "Another process took over the run." },
  in_flight: { outcome: "not-sent", sentence: "Another process is sending the same row." },
  unresolved_edit: { outcome: "not-sent", sentence: "The same edit was sent before and may be billed." },
  bad_journal: { outcome: "not-sent", sentence: "A journal cannot be read." },
  manifest_changed: { outcome: "not-sent", sentence: "The manifest changed during the run." },
  journal_not_writable: { outcome: "not-sent", sentence: "The journal cannot be written to." },
  output_exists: { outcome: "not-sent", sentence: "An output file exists." },
  disk_full: { outcome: "not-sent", sentence: "The disk has too little free space." },
  interrupted: { outcome: "depends", sentence: "A signal stopped the command." },
  internal: { outcome: "depends", sentence: "An error without a code of its own." },
  download_failed: { outcome: "unknown", sentence: "The result could not be downloaded." },
  aspect_ratio_mismatch: {
    outcome: "none",
    sentence: "The result has another aspect ratio, so nothing was pasted back.",
  },
  rescued_images: {
    outcome: "unknown",
    sentence: "The response is broken, and its images were saved from it.",
  },
  sent_again: { outcome: "unknown", sentence: "A saved edit was sent once more." },
  paste_back_failed: { outcome: "none", sentence: "Pasting back failed." },
} as const;

/** A stable code of the command line. */
export type CliCode = keyof typeof cliCodes;
