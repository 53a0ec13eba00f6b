import { describe, expect, it } from "vitest";
import { issueBody } from "./write-report.ts";

const fetched = { vendor: "Acme", url: "https://a.test/spec.yaml", hash: "0123456789ab" };

describe(issueBody, () => {
  it("keeps the vendor's text inside the code block, whatever fences it holds", () => {
    const message = "```\n@everyone\n`````\n<img src=x>\n~~~";
    const body = issueBody(fetched, { message }, { earlier: [] });
    expect(body).toMatch(/\n`{6}text\n```\n@everyone\n`{5}\n<img src=x>\n~~~\n`{6}\n$/);
  });

  it("cuts a long report after a line, and says how to print all of it", () => {
    const line = `${"x".repeat(99)}\n`;
    const body = issueBody(fetched, { message: line.repeat(1000) }, { earlier: [] });
    expect(body.length).toBeLessThan(65_536);
    expect(body.match(/^x+$/gm)).toEqual(Array.from({ length: 600 }, () => "x".repeat(99)));
    expect(body).toMatch(
      /\n```\n\nThe report is longer: `pnpm spec:update Acme https:\S+ --explain` prints all/,
    );
  });

  it("cuts a report of one long line", () => {
    const body = issueBody(fetched, { message: "x".repeat(100_000) }, { earlier: [] });
    expect(body.match(/x{100,}/)?.[0].length).toBe(60_000);
  });
});
