/** The tokens an edit used, as `--json` and the journal name them. */
export interface TokenCount {
  readonly inputTokens?: number | undefined;
  readonly outputTokens?: number | undefined;
  readonly totalTokens?: number | undefined;
}
