import { describe, expect, it } from "vitest";
import { fencedBlocks, findBlock } from "./find-block.ts";

const path = "/v1/images/edits";
const ours = `openapi: 3.0.1\npaths:\n  ${path}:\n    post: {}\n`;
const other = "openapi: 3.0.1\npaths:\n  /v1/models:\n    get: {}\n";
const indented = (text: string, by: string) => text.replaceAll(/^(?=.)/gm, by);

describe("findBlock", () => {
  it.each([
    ["backticks", `\`\`\`yaml\n${ours}\`\`\`\n`],
    ["more backticks", `\`\`\`\`\`yaml\n${ours}\`\`\`\`\`\n`],
    ["tildes", `~~~\n${ours}~~~\n`],
    ["an info string with attributes", `\`\`\` YAML title="spec" {1-3}\n${ours}\`\`\`\n`],
    ["no info string", `\`\`\`\n${ours}\`\`\`\n`],
    ["an indented fence", indented(`\`\`\`yml\n${ours}\`\`\`\n`, "   ")],
    ["a fence in a list", `1. The document:\n\n${indented(`\`\`\`yaml\n${ours}\`\`\`\n`, "   ")}`],
    ["a fence behind a list's marker", `- \`\`\`yaml\n${indented(ours, "  ")}  \`\`\`\n`],
    ["a fence in a quote", indented(`\`\`\`yaml\n${ours}\`\`\`\n`, "> ")],
    ["a fence that the page ends", `Text.\n\n\`\`\`yaml\n${ours}`],
    ["a longer closing fence", `\`\`\`yaml\n${ours}\`\`\`\`\`   \nMore text.\n`],
    ["CRLF", `# Edit\r\n\r\n\`\`\`yaml\r\n${ours.replaceAll("\n", "\r\n")}\`\`\`\r\n`],
    [
      "other blocks before it",
      `\`\`\`sh\ncurl https://x/openapi\n\`\`\`\n\n~~~yaml\n${other}~~~\n\n\`\`\`yaml\n${ours}\`\`\`\n`,
    ],
    [
      "a block of another fence inside",
      `~~~~text\n\`\`\`yaml\npaths: none\n\`\`\`\n~~~~\n\n\`\`\`yaml\n${ours}\`\`\`\n`,
    ],
  ])("returns the block with the operation from %s", (_title, page) => {
    expect(findBlock(page, path).trimEnd()).toBe(ours.trimEnd());
  });

  it("returns JSON in a block", () => {
    const json = JSON.stringify({ openapi: "3.0.1", paths: { [path]: { post: {} } } });
    expect(findBlock(`\`\`\`json\n${json}\n\`\`\`\n`, path)).toBe(`${json}\n`);
  });

  it("returns a document as it is, though its descriptions hold blocks", () => {
    const text = `${ours}info:\n  description: |\n    Example:\n\n    \`\`\`yaml\n    openapi: 3.0.1\n    paths: {}\n    \`\`\`\n`;
    expect(findBlock(text, path)).toBe(text);
  });

  it("names the operation that no block has, and the reason why a block is not a document", () => {
    expect(() => findBlock(`~~~\n${other}~~~\n`, path)).toThrow(`has POST ${path}`);
    expect(() => findBlock("```yaml\nopenapi: [3\n```\n", path)).toThrow("ends early");
  });

  it("closes a fence only by its own character, at its length or longer", () => {
    expect(fencedBlocks("````\na\n```\n~~~~\n````\n~~~ `x`\nb\n~~~\n")).toEqual(["a\n```\n~~~~\n", "b\n"]);
    expect(fencedBlocks("``` a`b\nnot a block\n")).toEqual([]);
  });
});
