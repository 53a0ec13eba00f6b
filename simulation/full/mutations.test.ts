import { readFile, writeFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { type Caught, catchMutation, listMutations } from "../src/mutations.ts";

const page = new URL("../../docs/testing.md", import.meta.url);
const seeds = 1_000;

test("every mutation of the product is caught", async () => {
  const names = await listMutations();
  const caught = new Map<string, Caught | undefined>();
  for (const name of names) caught.set(name, await catchMutation(name, seeds));
  if (process.env["RETOUCH_WRITE_SCORE"]) await writeTable(caught);
  expect(names.filter((name) => caught.get(name) === undefined)).toEqual([]);
});

async function writeTable(caught: ReadonlyMap<string, Caught | undefined>): Promise<void> {
  const rows = [...caught].map(([name, found]) => {
    // Names of processes and files differ from seed to seed.
    const what = found?.what.split("\n")[0]?.slice(0, 100) ?? "not caught";
    return `| ${name.replaceAll("-", " ")} | ${found?.seed ?? "-"} | ${what} |`;
  });
  const table = ["| mutation | seed | what broke |", "|---|---|---|", ...rows].join("\n");
  const text = await readFile(page, "utf8");
  const [start, end] = ["<!-- simulated mutations: start -->", "<!-- simulated mutations: end -->"];
  const before = text.slice(0, text.indexOf(start) + start.length);
  await writeFile(page, `${before}\n\n${table}\n\n${text.slice(text.indexOf(end))}`);
}
