import { existsSync, readFileSync } from "node:fs";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import * as retouch from "@retouch/client";
import { startMockServer } from "@retouch/mock/server";
import ts from "typescript";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { runProcess } from "../support/run-process.ts";
import { drawImage } from "../support/sample-images.ts";
import { blocksOf } from "./readme-blocks.ts";

const pageName = "docs/moving-from-openai.md";
const own = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const page = readFileSync(own(`../../../${pageName}`), "utf8").replaceAll("\r\n", "\n");

/** Returns the rows of a table of the page: the name of theirs, and the cell of ours. */
function tableOf(name: string): Map<string, string> {
  const table = new RegExp(`<!-- ${name}: start -->\n(.*?)<!-- ${name}: end -->`, "s").exec(page)?.[1] ?? "";
  return new Map(
    [...table.matchAll(/^\| `(\w+)` \| (.*) \|$/gm)].map(([, theirs = "", ours = ""]) => [theirs, ours]),
  );
}

const parameters = tableOf("parameters");
const clientOptions = tableOf("client");
const callOptions = tableOf("call");
const errorClasses = tableOf("errors");
const aiOptions = tableOf("ai-sdk");

function parseDeclarations(name: string): ts.SourceFile {
  // A file that the package does not export is found beside one that it does.
  const [module = "", file] = name.split("#");
  const resolved = fileURLToPath(import.meta.resolve(module));
  const script = file === undefined ? resolved : join(dirname(resolved), `${file}.mjs`);
  const path =
    [script.replace(/\.m?js$/, ".d.ts"), script.replace(/\.mjs$/, ".d.mts")].find((name) =>
      existsSync(name),
    ) ?? "";
  return ts.createSourceFile(path, readFileSync(path, "utf8"), ts.ScriptTarget.ESNext, true);
}

/** Returns the public members of an interface or a type. Those that begin with two underscores are internal. */
function membersOf(source: ts.SourceFile, name: string): string[] {
  const declaration = source.statements.find(
    (one) => (ts.isInterfaceDeclaration(one) || ts.isTypeAliasDeclaration(one)) && one.name.text === name,
  );
  if (declaration === undefined) throw new Error(`${source.fileName} has no ${name}.`);
  const { members } = ts.isInterfaceDeclaration(declaration)
    ? declaration
    : ((declaration as ts.TypeAliasDeclaration).type as ts.TypeLiteralNode);
  return members.flatMap((member) => member.name?.getText() ?? []).filter((one) => !one.startsWith("__"));
}

describe("the tables have everything of the SDK, and nothing else", () => {
  test.each([
    ["parameters of images.edit", parameters, "openai/resources/images", "ImageEditParamsBase"],
    ["options of the client", clientOptions, "openai/client", "ClientOptions"],
    ["options of a call", callOptions, "openai/client#internal/request-options", "RequestOptions"],
  ])("%s", (_, table, module, name) => {
    expect([...table.keys()].sort()).toEqual(membersOf(parseDeclarations(module), name).sort());
  });

  test("error classes", () => {
    const classes = parseDeclarations("openai/core/error").statements.filter(ts.isClassDeclaration);
    expect([...errorClasses.keys()].sort()).toEqual(classes.flatMap(({ name }) => name?.text ?? []).sort());
  });

  test("options of `generateImage` of the AI SDK", () => {
    const { statements } = parseDeclarations("ai");
    const declared = statements.find(
      (one) => ts.isFunctionDeclaration(one) && one.name?.text === "generateImage",
    );
    const [options] = (declared as ts.FunctionDeclaration).parameters;
    const names = ((options as ts.ParameterDeclaration).type as ts.TypeLiteralNode).members.map((member) =>
      member.name?.getText(),
    );
    expect([...aiOptions.keys()].sort()).toEqual(names.sort());
  });
});

/** Returns the option that a cell names first, or nothing for a dash. */
const optionIn = (cell: string): string | undefined =>
  cell.startsWith("—") ? undefined : /`(\w+)/.exec(cell)?.[1];
const messageOf = (error: unknown): string => (error as Error).message;

describe("an option of the SDK gets the hint of the table", () => {
  test.each([...clientOptions])("of a client: %s", (name, cell) => {
    const option = optionIn(cell);
    let message = "";
    try {
      retouch.createImageClient({
        apiKey: "any-long-key",
        [name]: name === "apiKey" ? "any-long-key" : [],
      } as never);
    } catch (error) {
      message = messageOf(error);
    }
    if (option === name) expect(message).not.toContain("is not an option");
    else if (option === undefined)
      expect(message).toContain("is not an option. Check its spelling, or remove it.");
    else expect(message).toContain(`is not an option. Did you mean \`${option}\`?`);
  });

  test.each([...callOptions])("of a call: %s", async (name, cell) => {
    const option = optionIn(cell);
    const client = retouch.createImageClient({ apiKey: "any-long-key" });
    const checked = client.check({ prompt: "x" } as never, { [name]: [] } as never);
    const message = await checked.then(() => "", messageOf);
    if (option === name && !cell.includes("of the client")) expect(message).not.toContain("is not an option");
    else expect(message).toContain(`\`${name}\` is not an option`);
    if (option !== undefined && option !== name) expect(message).toContain(`\`${option}\``);
    if (cell.includes("of the client")) expect(message).toContain(`Give \`${option}\` to the client.`);
  });
});

test("the guards and parameters that the tables name exist", () => {
  const guards = [...new Set(page.match(/`is\w+Error`/g))].map((name) => name.slice(1, -1));
  expect(guards.length).toBeGreaterThan(5);
  expect(guards.filter((name) => !(name in retouch))).toEqual([]);
});

// `readme.test.ts` compiles it, with the code of the READMEs.
describe("the code of the page", () => {
  const blocks = blocksOf(pageName).filter(({ language }) => language === "ts");
  let directory: string;
  let mock: Awaited<ReturnType<typeof startMockServer>>;
  beforeAll(async () => {
    mock = await startMockServer({ render: "drawn" });
    await mkdir(own("../../out"), { recursive: true });
    directory = await mkdtemp(own("../../out/moving-"));
    await writeFile(join(directory, "photo.png"), await drawImage("png", 1024, 768));
    for (const [at, { code }] of blocks.entries()) await writeFile(join(directory, `block-${at}.ts`), code);
  });
  afterAll(async () => {
    await mock.close();
    await rm(directory, { recursive: true, force: true });
  });

  test("edits the image once for each block", async () => {
    expect(blocks.length).toBeGreaterThan(6);
    const modules = blocks.map((_, at) => `await import("./block-${at}.ts");`);
    await writeFile(join(directory, "all.mjs"), modules.join("\n"));
    const env = {
      PATH: process.env["PATH"] ?? "",
      OPENAI_API_KEY: "any-key",
      OPENAI_BASE_URL: `${mock.url}/v1`,
    };
    const ended = await runProcess(process.execPath, ["all.mjs"], { cwd: directory, env });
    expect(ended).toMatchObject({ code: 0, stderr: "" });
    expect(mock.requests.map(({ status }) => status)).toEqual(blocks.map(() => 200));
  });
});
