import { findBlock } from "../document/find-block.ts";
import { parseObject } from "../document/parse-object.ts";
import { isObject } from "../json.ts";
import { sha256 } from "../overlay/check-vendor-hash.ts";

/**
 * Returns 12 hex digits of the document's hash. They name its branch and its issue, so that a document is reported once.
 * The order of keys, the format, and the page around a document do not count: some servers change them daily.
 */
export function documentHash(text: string, operationPath: string): string {
  return sha256(canonical(text, operationPath)).slice(0, 12);
}

function canonical(text: string, operationPath: string): string {
  try {
    const document = parseObject(findBlock(text, operationPath), "The document");
    return JSON.stringify(document, (_key, value: unknown) =>
      isObject(value)
        ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
        : value,
    );
  } catch {
    return text; // `pnpm spec:update` reports what is wrong with it
  }
}
