import { cliCodes } from "../../../../packages/cli/src/errors/codes.ts";
import { codes } from "../../../../packages/client/src/errors/codes.ts";
import { mockCodes } from "../../../../packages/mock/src/responses/mock-codes.ts";
import { queueCodes } from "../../../../packages/queue/src/errors/codes.ts";
import type { Page } from "../page.ts";
import { codeAdvice } from "./code-advice.ts";
import messages from "./error-messages.json" with { type: "json" };
import { escapeProse } from "./render-text.ts";

interface Code {
  readonly outcome: string;
  readonly sentence: string;
}

const titles = {
  problem: "Problems of the input",
  warning: "Warnings of the response",
  error: "Configuration and other errors",
  network: "Network",
  response: "Responses that may have been billed",
  proxy: "Image-edit proxy",
  session: "Edit session of a page",
} as const;

/** What each outcome asks of the caller. */
const advice: Readonly<Record<string, string>> = {
  "not-sent": "Nothing was sent or billed. Fix it, and send the edit again.",
  rejected: "The server rejected it, and nothing was billed. Read the server's message.",
  unknown: "It may have been billed. Check with the provider by `requestId` before you send it again.",
  depends: "`error.outcome` says what may have been billed.",
  none: "A warning: the edit goes on.",
};

/** Makes the page of all codes, with a heading for each, so that search finds them. */
export function codePages(): Page[] {
  const sections = [
    ...Object.entries(titles).map(([kind, title]) =>
      section(
        title,
        Object.entries(codes).filter(([, code]) => code.kind === kind),
      ),
    ),
    section("Command line", Object.entries(cliCodes)),
    section("Queue", Object.entries(queueCodes)),
    section("Mock", Object.entries(mockCodes)),
  ];
  const text = `---
outline: [2, 2]
---

# Error codes

Every error, problem and warning has a \`code\` that does not change between releases. A server's own code is passed on
as it is. A response without one has \`http_<status>\`, or \`upstream_<status>\` behind the image-edit proxy. Quoted is what
an error says, as an example: first what was seen, then what to do. More about the most common ones is in
[troubleshooting](/guides/troubleshooting).

${sections.join("\n\n")}
`;
  return [{ path: "reference/errors.md", text }];
}

function section(title: string, rows: readonly (readonly [string, Code])[]): string {
  const entries = rows.map(([code, { outcome, sentence }]) => {
    const meaning = `${escapeProse(sentence)} **${outcome}**: ${advice[outcome] ?? ""}`;
    return [`### ${code} {#${code}}`, meaning, whatToDo(code)].join("\n\n");
  });
  return `## ${title}\n\n${entries.join("\n\n")}`;
}

/** Returns the message of a code, which says what to do, or advice. */
function whatToDo(code: string): string | undefined {
  const message = (messages as Readonly<Record<string, string>>)[code];
  return message === undefined ? codeAdvice[code] : `> ${escapeProse(message)}`;
}
