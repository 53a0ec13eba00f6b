/** A fault that the simulator found in the product, or finds without a line that few stories need; it is fixed. */
export interface Found {
  /** The patch that takes the fix back. */
  readonly name: string;
  readonly what: string;
  /** What its story needs, by words of its JSON: other seeds need not be played to find one. */
  readonly words: readonly string[];
}

/** Those that bill an edit twice come first. */
export const found: readonly Found[] = [
  {
    name: "do-not-sync-a-new-directory",
    what: "A power failure took the claims and the journal of a first run.",
    words: ["crash"],
  },
  {
    name: "grow-the-claim-when-it-is-left",
    what: "A claim that a power failure had torn counted as one that was never sent.",
    words: ["crash"],
  },
  {
    name: "send-what-another-machine-has-saved",
    what: "Two machines that share the folder of a manifest sent each row that the other one had finished.",
    words: ["shared folder"],
  },
  {
    name: "take-another-machines-claim-for-an-own-one",
    what: "Of two machines with the same paths, one removed the claim of a row that the other one may have billed.",
    words: ["shared folder"],
  },
  {
    name: "remove-the-claim-before-the-next",
    what: "A full disk or a kill took the claim of an unknown row while `--retry-unknown` replaced it.",
    words: ["--retry-unknown", '"fill"', '"edit"', '"batch"'],
  },
  {
    name: "judge-a-heartbeat-by-the-own-clock",
    what: "A machine whose clock was ahead of the file server's took an edit of another one for ended.",
    words: ['"shared disks"'],
  },
  {
    name: "remove-the-claim-of-an-unlisted-image",
    what: "A full disk kept a saved row from the index, and a machine that was stopped meanwhile sent it again.",
    words: ["shared folder", '"freeze"', '"fill"'],
  },
  {
    name: "forget-the-claim-of-an-unlisted-image",
    what: "The next run removed the claim of a row that only its own journal has as saved: another machine sent it.",
    words: ["shared folder", '"freeze"', '"fill"'],
  },
  {
    name: "sweep-the-claim-of-an-unlisted-image",
    what: "`recover` removed the claim of a saved row that the index lacked after a kill: another machine sent it.",
    words: ["shared folder", '"freeze"', '"recover"'],
  },
  {
    name: "recover-beside-the-index",
    what: "A row that `recover` saved was not in the index beside its manifest: another machine sent it.",
    words: ["shared folder", '"freeze"', '"recover"'],
  },
  {
    name: "send-by-force-what-another-machine-saved",
    what: "Two machines ran the manifest of a shared folder with `--force`, and each sent what the other one had saved.",
    words: ["shared folder", "--force", '"batch"'],
  },
  {
    name: "trust-a-claim-that-was-replaced",
    what: "While an edit looked whether a process of another machine runs, one took its place that knew of its bill.",
    words: ['"shared disks"', '"kill"', '"edit"', '"retry"'],
  },
  {
    name: "do-not-check-the-claim-again",
    what: "A process of another container woke after it had checked its claim, and sent a finished row.",
    words: ["containers", "freeze"],
  },
  {
    name: "forget-what-another-journal-sent",
    what: "A copy of a manifest resent a row, was refused and crashed: the next edit took the first bill for none.",
    words: ["copy.jsonl", "--retry-unknown", "crash"],
  },
  {
    name: "take-a-resent-request-for-a-new-one",
    what: "An edit was sent between two refused attempts of a run that resent the same, which may be billed.",
    words: ["--retry-unknown", '"person":1', '"edit"', '"batch"'],
  },
  {
    name: "drop-what-arrived-while-stopped",
    what: "A process that was stopped beyond its time limit dropped a complete response that it had received.",
    words: ['"freeze"'],
  },
  {
    name: "read-the-response-by-its-name",
    what: "A process woke with its response after another container had moved the file, and read it by its old name.",
    words: ["containers", '"freeze"', "--retry-unknown", '"batch"'],
  },
  {
    name: "share-the-response-of-a-row",
    what: "A process woke with its response and removed that of another container, which had sent the row again.",
    words: ["containers", '"freeze"', "--retry-unknown", '"batch"'],
  },
  {
    name: "do-not-sync-the-response",
    what: "A power failure takes a complete response.",
    words: ["crash"],
  },
  {
    name: "send-again-what-may-come",
    what: "`--retry-unknown` sent a row again although the host of its image was only out of reach.",
    words: ["--retry-unknown", '"batch"', '"urls":'],
  },
  {
    name: "call-a-part-of-a-response-stored",
    what: "Two full disks: exit code 11 said that a response is stored of which only the first bytes are.",
    words: ['"fill"', '"edit"', '"shared'],
  },
  {
    name: "spend-on-after-a-take-over",
    what: "A row that waited after a 429 was sent beyond `--max-cost` although another run had taken over.",
    words: ["--max-cost", "--take-over"],
  },
  {
    name: "do-not-count-broken-responses",
    what: "A row with a broken response was sent again with `--retry-unknown` beyond `--max-cost`.",
    words: ["--max-cost", "--retry-unknown"],
  },
  {
    name: "supersede-what-is-sent-meanwhile",
    what: "`--retry-unknown` closed the record of an edit that another process had sent meanwhile.",
    words: ["--retry-unknown", '"person":1', '"edit"'],
  },
  {
    name: "dismiss-what-was-sent-meanwhile",
    what: "A dismissal that was stopped before it read the records closed an attempt that was sent since.",
    words: ["--dismiss", '"freeze"', '"batch"'],
  },
  {
    name: "close-what-another-process-sent",
    what: "A process that was stopped saved its image, and closed the attempt that another machine had sent since.",
    words: ['"shared disks"', '"freeze"', '"crash"', "--retry-unknown", '"batch"'],
  },
  {
    name: "end-a-batch-with-rescued-images",
    what: "A full disk ended a batch when images of a broken response could not be recorded.",
    words: ['"fill"', '"batch"'],
  },
  {
    name: "end-a-run-that-cannot-store-its-rows",
    what: "A disk that filled at the wrong moment ended a run with the error of the system.",
    words: ['"fill"'],
  },
  {
    name: "dismiss-on-a-full-disk",
    what: "A full disk ended a dismissal with the error of the system.",
    words: ['"fill"', "--dismiss"],
  },
];
