/** A term that this project does not use, and the field's term to use instead. */
export interface WordRule {
  readonly pattern: RegExp;
  readonly instead: string;
}

/** The terms that fail the lint. A file's name is checked like its text. */
export const wordRules: readonly WordRule[] = [
  { pattern: /\bcan not\b/gi, instead: "cannot" },
  // "There is no mask" and "is no longer sent" are plain English.
  {
    pattern: /(?<!\bthere |\bthere's |\bwhere )\b(?:is|are|was|were) no\b(?! longer| more than| less than)/gi,
    instead: "is not a, must be",
  },
  { pattern: /\bmend(?:s|ed|ing)?\b/gi, instead: "fix, hint" },
  { pattern: /\broads?\b|(?<=[a-z])Road|\broad(?=[A-Z])/g, instead: "pipeline, or the step's name" },
  { pattern: /\b(?:tells?|told|telling)\b/gi, instead: "call, report, return, log, warn" },
  { pattern: /pictures?(?![a-z])|Pictures?(?![a-z])|PICTURES?(?![A-Z])/g, instead: "image" },
  {
    pattern: /(?<=[a-z])Answers?(?![a-z])|\bAnswers?(?=[A-Z])|\banswer(?=[A-Z])/g,
    instead: "response, result",
  },
  {
    pattern:
      /\b(?:the|an|its|this|each|every|one|raw|of|no|whole|kept|empty|server's) answers?\b(?! (?:to|with)\b)/gi,
    instead: "response, result",
  },
  { pattern: /(?<=[a-z])Folders?(?![a-z])|\bfolder(?=[A-Z])/g, instead: "directory" },
  { pattern: /\b(?:whoever|nobody|somebody)(?:'s)?\b/gi, instead: "the caller, another process, any client" },
  { pattern: /\bpaid for\b/gi, instead: "billed" },
  { pattern: /\bunfinished (?:picture|image)s?\b/gi, instead: "partial image" },
  { pattern: /\bcancell(?:ed|ing)\b/gi, instead: "canceled, canceling" },
  { pattern: /\bcolours?\b|(?<=[a-z])Colours?(?![a-z])/gi, instead: "color" },
  { pattern: /\bbehaviours?\b/gi, instead: "behavior" },
  { pattern: /\bfront doors?\b/gi, instead: "entry point" },
  { pattern: /\bmanners\b/gi, instead: "global options" },
  { pattern: /\bstrangers?\b/gi, instead: "unknown field, untrusted site, attacker" },
  { pattern: /\bpiles?\b/gi, instead: "bucket, status" },
  { pattern: /\bwho asks\b/gi, instead: "the caller" },
  { pattern: /\bhand(?:s|ed|ing)? (?:over|on|out)\b/gi, instead: "pass, forward" },
  {
    pattern: /\b(?:Arrival|Shipment|Circumstances|Carrier|Kept[A-Z]\w*)\b/g,
    instead: "EditResponse, SendContext, PreflightContext",
  },
];

/** A place where a term may stand. */
export interface AllowedWord {
  /** Where: a path or the beginning of one; everywhere without it. */
  readonly path?: string;
  /** What stands there, as a whole: the term and what is around it. */
  readonly text: RegExp;
  readonly why: string;
}

/** Few, and each with its reason. */
export const allowedWords: readonly AllowedWord[] = [
  { text: /\bmaxAnswerBytes\b/g, why: "a public option" },
  { text: /\brawAnswer\b/g, why: "a member of the CLI's JSON" },
  { text: /\bfolderStorage\b/g, why: "a public function of the queue" },
  { text: /\.(?:answered|isAnswered)\b|\bisAnswered\b/g, why: "a verb: a request was answered" },
  { text: /<\/?picture>|"picture"|\bpicture(?= source)/g, why: "an element of HTML" },
  {
    path: "docs/runtimes.md",
    text: /nobody listens/g,
    why: "a column that contract/full/runtime-table.test.ts names",
  },
  { path: "docs/dependencies.md", text: /\("can not"\)|readAnswer/g, why: "quotes terms to avoid" },
  { path: "docs/dependencies.md", text: /@img\/colour/g, why: "the name of a package" },
  { path: ".changeset/names-of-the-field.md", text: /.+/g, why: "lists the former names" },
  { path: ".changeset/list-of-codes.md", text: /.+/g, why: "lists the former codes" },
  {
    path: "contract/full/runtime-table.test.ts",
    text: /nobody listens/g,
    why: "the column of docs/runtimes.md",
  },
  {
    path: "packages/cli/src/errors/error-details.test.ts",
    text: /No answer/g,
    why: "messages of other programs",
  },
  { path: "tools/src/words/word-rules.ts", text: /.+/g, why: "the rules themselves" },
  { path: "tools/src/words/find-words.test.ts", text: /.+/g, why: "plants the terms" },
];

/** What is not ours, or is made from what is checked. */
export const ignoredPaths: readonly string[] = [
  "spec/vendor/",
  "spec/openapi.yaml",
  "docs/models.md",
  "docs/scenarios.md",
  "docs/errors.md",
  "pnpm-lock.yaml",
];
