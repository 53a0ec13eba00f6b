import { isObject, objectAt } from "../json.ts";
import type { JsonObject } from "../spec-types.ts";
import { findOperation } from "./find-operation.ts";
import { parseObject } from "./parse-object.ts";

const what = "The vendor's new document";

/**
 * Returns the document in a text: all of it when it is a document, else the first fenced code block of the Markdown page
 * that has our operation.
 *
 * @throws Error when no block has the operation, with the reason for the most likely one.
 */
export function findBlock(text: string, operationPath: string): string {
  const blocks = fencedBlocks(text).filter((block) => /openapi|swagger|paths/.test(block));
  // A description in a document can hold fences too, so a text that is a document is one.
  if (blocks.length === 0 || isDocument(text)) return text;
  const documents = blocks.filter(isDocument);
  const ours = documents.find((block) => hasOperation(block, operationPath));
  if (ours !== undefined) return ours;
  if (documents.length > 0)
    throw new Error(
      `None of the ${documents.length} code blocks with an OpenAPI document has POST ${operationPath}. Check the source.`,
    );
  for (const block of blocks) parseObject(block, what); // throws the reason
  throw new Error(`None of the ${blocks.length} code blocks is an OpenAPI document. Check the source.`);
}

function parsed(text: string): JsonObject | undefined {
  try {
    return parseObject(text, what);
  } catch {
    return undefined; // not a document; the caller reports the reason when no block is one
  }
}

const isDocument = (text: string): boolean => {
  if (!/^\s*["']?(?:openapi|swagger|info|paths)["']?\s*:|^\s*\{/m.test(text)) return false;
  const value = parsed(text);
  return isObject(value) && (typeof value["openapi"] === "string" || isObject(value["paths"]));
};

function hasOperation(text: string, operationPath: string): boolean {
  const document = parsed(text) ?? {};
  return (
    Object.keys(objectAt(document, "paths")).length > 0 &&
    findOperation(document, operationPath) !== undefined
  );
}

/**
 * Collects the fenced code blocks of a page as CommonMark (section 4.5) has them: of backticks or tildes, three or more,
 * with any info string or none, indented, inside quotes and lists, closed or ended by the page.
 */
export function fencedBlocks(page: string): string[] {
  const blocks: string[] = [];
  let open: { fence: string; indent: number; depth: number; lines: string[] } | undefined;
  for (const line of page.replaceAll(/\r\n?/g, "\n").split("\n")) {
    if (open) {
      const { depth, text } = unquote(line, open.depth);
      const closing = /^\s*(`{3,}|~{3,})\s*$/.exec(text)?.[1];
      const isClosed = closing?.[0] === open.fence[0] && (closing?.length ?? 0) >= open.fence.length;
      if (!isClosed && depth === open.depth) {
        open.lines.push(text.slice(Math.min(open.indent, /^\s*/.exec(text)?.[0].length ?? 0)));
        continue;
      }
      blocks.push(`${open.lines.join("\n")}\n`);
      open = undefined;
      if (isClosed) continue;
    }
    const { depth, text } = unquote(line, Number.POSITIVE_INFINITY);
    // The text of a list item starts behind its marker.
    const opening = /^(\s*(?:(?:[-*+]|\d{1,9}[.)])\s+)*)(`{3,}|~{3,})(.*)$/.exec(text);
    const [, indent = "", fence = "", info = ""] = opening ?? [];
    if (opening && !(fence.startsWith("`") && info.includes("`")))
      open = { fence, indent: indent.length, depth, lines: [] };
  }
  if (open) blocks.push(`${open.lines.join("\n")}\n`);
  return blocks;
}

/** Removes up to `most` markers of a block quote. */
function unquote(line: string, most: number): { depth: number; text: string } {
  let text = line;
  let depth = 0;
  for (let marker = /^ {0,3}> ?/.exec(text); marker && depth < most; marker = /^ {0,3}> ?/.exec(text)) {
    text = text.slice(marker[0].length);
    depth += 1;
  }
  return { depth, text };
}
