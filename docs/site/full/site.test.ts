import { spawnSync } from "node:child_process";
import { existsSync, globSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import type { AddressInfo } from "node:net";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { modelNames } from "@retouch/client/models";
import { type Browser, chromium, type Page } from "playwright";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { chromiumLaunch } from "../../../tools/chromium-launch.mjs";
import config from "../.vitepress/config.ts";
import { assemblePages } from "../src/assemble.ts";
import { findBrokenLinks } from "../src/find-broken-links.ts";
import { headingsOf } from "../src/markdown/sections.ts";
import { makeReference, readWrittenPages, siteRoot } from "../src/pages.ts";
import { cliPages } from "../src/reference/cli-pages.ts";
import { codePages } from "../src/reference/code-pages.ts";
import { entryPage, listEntryPoints } from "../src/reference/entry-points.ts";
import { membersOf, readExports, targetOf } from "../src/reference/read-exports.ts";

const dist = path.join(siteRoot, "dist");
const types: Readonly<Record<string, string>> = {
  ".html": "text/html",
  ".js": "text/javascript",
  ".css": "text/css",
  ".svg": "image/svg+xml",
  ".png": "image/png",
};
const server = createServer((request, response) => {
  const { pathname } = new URL(request.url ?? "/", "http://127.0.0.1");
  const file = [pathname, `${pathname}.html`, `${pathname}index.html`]
    .map((name) => path.join(dist, name))
    .find((name) => path.extname(name) !== "" && existsSync(name));
  if (file === undefined) return response.writeHead(404).end();
  return response
    .writeHead(200, { "content-type": types[path.extname(file)] ?? "text/plain" })
    .end(readFileSync(file));
});
let url: string;
let browser: Browser;

beforeAll(async () => {
  const built = spawnSync(process.execPath, [path.join(siteRoot, "src/build.ts")], { encoding: "utf8" });
  expect(built.status, built.stderr).toBe(0);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  browser = await chromium.launch(chromiumLaunch);
});
afterAll(async () => {
  await browser?.close();
  await new Promise((resolve) => server.close(resolve));
});

it("has no broken link or anchor", () => {
  expect(findBrokenLinks(dist)).toEqual([]);
});

it("has each page as Markdown, and all of them in llms.txt", async () => {
  const { pages } = assemblePages([...readWrittenPages(), ...(await makeReference())]);
  const index = readFileSync(path.join(dist, "llms.txt"), "utf8");
  for (const page of pages) {
    // The page about this site shows the directives as code.
    const text = readFileSync(path.join(dist, page.path), "utf8").replaceAll(/^````md\n.*?^````$/gms, "");
    expect(text).not.toMatch(/<!-- (?:include|block):|repository:/);
    if (page.path !== "index.md") expect(index).toContain(`(/${page.path})`);
  }
});

describe.each([
  ["a phone", { width: 390, height: 844 }],
  ["a desktop", { width: 1440, height: 900 }],
])("on %s", (_, viewport) => {
  let page: Page;
  beforeAll(async () => {
    page = await browser.newPage({ viewport });
  });
  afterAll(() => page?.close());

  it("fits each page, without an error", async () => {
    const errors: string[] = [];
    page.on("pageerror", ({ message }) => errors.push(message));
    page.on("console", (entry) => entry.type() === "error" && errors.push(entry.text()));
    for (const { url: target } of assemblePages(readWrittenPages()).pages) {
      await page.goto(url + target);
      const { scroll, width } = await page.evaluate(() => ({
        scroll: document.documentElement.scrollWidth,
        width: innerWidth,
      }));
      expect(scroll, target).toBeLessThanOrEqual(width);
    }
    expect(errors).toEqual([]);
  });

  it("breaks no line inside a flag, and copies what the page says", async () => {
    await page.goto(`${url}/start/next`);
    const lines = await page
      .locator(".unbroken")
      .evaluateAll((words) => words.map((word) => word.getClientRects().length));
    expect(lines.length).toBeGreaterThan(5);
    expect(Math.max(...lines)).toBe(1);
    const command = page.locator(".language-sh code").first();
    expect(await command.textContent()).toContain("my-editor --ts --app --no-src-dir --yes\ncd my-editor");
  });

  it("shows the tabs of the server that was chosen on another page", async () => {
    await page.goto(`${url}/start/node`);
    await page.locator(".vp-code-group .tabs label", { hasText: "OpenAI" }).first().click();
    await page.goto(`${url}/start/express`);
    await page.locator(".vp-code-group .blocks .active", { hasText: "api.openai.com" }).waitFor();
    expect(await page.locator(".vp-code-group .blocks .active", { hasText: "chainhub" }).count()).toBe(0);
    await page.evaluate(() => localStorage.clear());
  });

  it("finds options, flags and codes by search", async () => {
    await page.goto(`${url}/start/`);
    await page.locator(".VPNavBarSearch button").first().click();
    for (const [term, found] of [
      ["maxAnswerBytes", "maxAnswerBytes"],
      ["--max-cost", "--max-cost USD"],
      ["soft_alpha", "soft_alpha"],
      ["historyLimit", "historyLimit"],
      ["gpt-image-2.6-flare", "gpt-image-2.6-flare"],
    ] as const) {
      await page.locator(".search-input").fill(term);
      await page.locator(".result .titles").filter({ hasText: found }).first().waitFor();
    }
  });
});

describe("every option of every factory", () => {
  let options: { owner: string; name: string }[];
  beforeAll(async () => {
    options = (await readExports())
      .flatMap(({ exports }) => exports.map(targetOf).filter(({ name }) => name.endsWith("Options")))
      .flatMap((owner) =>
        membersOf(owner).flatMap(({ name, flags }) => (flags.isInherited ? [] : { owner: owner.name, name })),
      );
    expect(options.length).toBeGreaterThan(100);
  });

  it("has a heading", () => {
    const all = listEntryPoints()
      .map((entry) => readFileSync(path.join(dist, `${entryPage(entry)}.html`), "utf8"))
      .join("");
    for (const { owner, name } of options) expect(all).toContain(`id="${owner}-${name}"`);
  });

  it("is among the first results of a search for its name", async () => {
    const index = await loadSearchIndex();
    const missing = options.filter(({ owner, name }) => {
      const found = index.search(name).filter((_, at) => at < 16);
      return !found.some(({ id }) => String(id).endsWith(`#${owner}-${name}`));
    });
    expect(missing).toEqual([]);
  });
});

it("finds every flag, exit code, error code and model among the first results of a search", async () => {
  const index = await loadSearchIndex();
  const pages = assemblePages([...cliPages(), ...codePages()]).pages;
  const headings = pages.flatMap(({ url, text }) =>
    headingsOf(text.split("\n")).flatMap((heading) => (heading.level === 3 ? [{ ...heading, url }] : [])),
  );
  const wanted = [
    ...headings.map(({ text, url }) => ({ term: /--[\w-]+/.exec(text)?.[0] ?? text, place: url })),
    ...modelNames.map((term) => ({ term, place: "/reference/models" })),
  ];
  expect(wanted.length).toBeGreaterThan(300);
  const missing = wanted.filter(({ term, place }) => {
    const found = index.search(term).filter((_, at) => at < 24);
    return !found.some(({ id }) => String(id).startsWith(place));
  });
  expect(missing).toEqual([]);
});

/** Loads the index of the built site as its search box does. */
async function loadSearchIndex(): Promise<{ search(term: string): { id: unknown }[] }> {
  const [file = ""] = globSync("assets/chunks/@localSearchIndexroot*.js", { cwd: dist });
  const { default: json } = (await import(pathToFileURL(path.join(dist, file)).href)) as { default: string };
  const require = createRequire(createRequire(import.meta.url).resolve("vitepress"));
  const { default: MiniSearch } = (await import(pathToFileURL(require.resolve("minisearch")).href)) as {
    default: { loadJSON(json: string, options: object): { search(term: string): { id: unknown }[] } };
  };
  const { search } = config.themeConfig ?? {};
  const own = search?.provider === "local" ? search.options?.miniSearch?.searchOptions : undefined;
  return MiniSearch.loadJSON(json, {
    fields: ["title", "titles", "text"],
    storeFields: ["title", "titles"],
    searchOptions: own ?? {},
  });
}
