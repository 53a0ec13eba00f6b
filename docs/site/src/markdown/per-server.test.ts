import { modelNames } from "@retouch/client/models";
import { expect, it } from "vitest";
import { readWrittenPages } from "../pages.ts";
import { expandServers, fillIn, flattenServers, readerServers } from "./per-server.ts";

const [first, second] = readerServers;
const page = "Run it:\n\n<!-- per server -->\n```sh\nedit -m %model% --base-url %baseUrl%\n```\n\nDone.\n";

it("makes a tab for each server, with its base URL and a model that it serves", () => {
  expect(readerServers.length).toBeGreaterThan(1);
  const tabs = readerServers.map(
    ({ name, model, baseUrl }) => `\`\`\`sh [${name}]\nedit -m ${model} --base-url ${baseUrl}\n\`\`\`\n`,
  );
  expect(expandServers(page, "page.md")).toBe(`Run it:\n\n::: code-group\n${tabs.join("")}:::\n\nDone.\n`);
});

it("replaces the default server's model in code of a README, and no longer name that begins with it", () => {
  const code = `edit({ model: "${first?.model}" }); // not ${first?.model}-mini, ${first?.model}.5`;
  expect(fillIn(code, second)).toBe(
    `edit({ model: "${second?.model}" }); // not ${first?.model}-mini, ${first?.model}.5`,
  );
});

it("fills in the default server in other code, but not where a page shows how to write this", () => {
  const code = "```sh\nedit -m %model% # %baseUrl%\n```";
  expect(expandServers(code, "page.md")).toBe(
    `\`\`\`sh\nedit -m ${first?.model} # ${first?.baseUrl}\n\`\`\``,
  );
  const shown = "````md\n<!-- per server -->\n```sh\nedit -m %model%\n```\n````";
  expect(expandServers(shown, "page.md")).toBe(shown);
});

it.each([
  ["no code follows", "<!-- per server -->\n\nText.\n", "no code"],
  ["all tabs would be the same", "<!-- per server -->\n```sh\nls\n```\n", "is the same"],
])("throws when %s", (_, text, message) => {
  expect(() => expandServers(text, "page.md")).toThrow(message);
});

it("writes short tabs below each other as text, and of long ones the first with what differs", () => {
  const short = flattenServers(expandServers(page, "page.md"));
  for (const { name, model } of readerServers)
    expect(short).toMatch(new RegExp(`For ${name}:\\s+\`{3}sh\\n.*${model}`));
  const long = flattenServers(expandServers(page.replace("edit -m", `${"#\n".repeat(9)}edit -m`), "page.md"));
  expect(long).toContain(`For ${second?.name}, write \`${second?.model}\` instead of \`${first?.model}\`.`);
  expect(long.match(/```sh/g)).toHaveLength(1);
  for (const text of [short, long]) expect(text).not.toMatch(/:::|\[\w+\]\n/);
});

it("is used by each page: none types a model in its code", () => {
  const typed = readWrittenPages().flatMap(({ path, text }) =>
    [...text.matchAll(/^ *(`{3,})\w*\n.*?^ *\1$/gms)].flatMap(([code]) =>
      modelNames.filter((name) => code.includes(name)).map((name) => `${path}: ${name}`),
    ),
  );
  expect(typed).toEqual([]);
});
