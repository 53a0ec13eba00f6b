/** No vendor's document is nearly as large; parsing more would take minutes. */
export const maxDocumentBytes = 8 * 1024 * 1024;

/** Says that a document is larger than is read. */
export const tooLargeText = (source: string): string =>
  `${source} is larger than ${maxDocumentBytes / 1024 / 1024} MB, too large for a spec. Check the source.`;
