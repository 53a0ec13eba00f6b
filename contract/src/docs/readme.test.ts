import { readFileSync } from "node:fs";
import { chmod, copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { startMockServer } from "@retouch/mock/server";
import { build } from "esbuild";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { freePort } from "../../../tools/free-port.ts";
import { cliPath } from "../cli/support/run-cli.ts";
import { launchChromium } from "../runtimes/launch-chromium.ts";
import { runProcess } from "../support/run-process.ts";
import { drawImage } from "../support/sample-images.ts";
import { blocksOf, type ReadmeBlock, readmeBlocks } from "./readme-blocks.ts";
import { startGateway } from "./start-gateway.ts";

const own = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const blocks = readmeBlocks();
const isPage = ({ code }: ReadmeBlock): boolean => code.includes("document.");
/** What only runs in another runtime is run by `contract/full/runtimes.test.ts`. */
const isForeign = ({ code }: ReadmeBlock): boolean => /\b(?:Bun|Deno)\./.test(code);
const isServer = ({ code }: ReadmeBlock): boolean =>
  /export (?:const POST|default app)|app\.listen/.test(code);
let directory: string;
let env: Record<string, string>;
let mock: Awaited<ReturnType<typeof startMockServer>>;
let gateway: Awaited<ReturnType<typeof startGateway>>;
let script = "";

beforeAll(async () => {
  mock = await startMockServer({ render: "drawn" });
  gateway = await startGateway(mock.url, () => script);
  // Within the package, so that imports resolve as in a user's project; `out` is ignored by git.
  await mkdir(own("../../out"), { recursive: true });
  directory = await mkdtemp(own("../../out/readme-"));
  await mkdir(join(directory, "photos"));
  await writeFile(join(directory, "photo.png"), await drawImage("png", 1024, 768));
  await writeFile(join(directory, "photo.jpg"), await drawImage("jpeg", 1024, 768));
  for (const name of ["one", "two"])
    await copyFile(join(directory, "photo.jpg"), join(directory, "photos", `${name}.jpg`));
  for (const [index, { language, code }] of blocks.entries())
    if (/^[jt]sx?$/.test(language)) await writeFile(join(directory, `block-${index}.${language}`), code);
  for (const [index, { language, code }] of blocksOf("docs/moving-from-openai.md").entries())
    if (language === "ts") await writeFile(join(directory, `moving-${index}.ts`), code);
  env = {
    PATH: process.env["PATH"] ?? "",
    HOME: directory,
    RETOUCH_STATE_DIR: join(directory, ".state"),
    RETOUCH_API_KEY: "sk-test-0123456789",
    RETOUCH_BASE_URL: mock.url,
    OPENAI_API_KEY: "sk-proj-any",
    AZURE_ENDPOINT: gateway.url,
    AZURE_KEY: "azure-key",
    XAI_BASE_URL: `${gateway.url}/xai`,
    XAI_API_KEY: "xai-test-0123456789",
    NO_COLOR: "1",
  };
});

afterAll(async () => {
  await gateway.close();
  await mock.close();
  await rm(directory, { recursive: true, force: true });
});

const fileOf = (block: ReadmeBlock): string =>
  join(directory, `block-${blocks.indexOf(block)}.${block.language}`);

test("TypeScript of every README, and of moving from openai, compiles in strict mode", async () => {
  const compilerOptions = {
    ...{ strict: true, noEmit: true, skipLibCheck: true, target: "ES2022", jsx: "react-jsx" },
    ...{ module: "NodeNext", lib: ["ES2023", "DOM", "DOM.Iterable"], types: ["node"] },
  };
  const config = JSON.stringify({ compilerOptions, include: ["*.ts"] });
  await writeFile(join(directory, "tsconfig.json"), config);
  const tsc = own("../../node_modules/typescript/bin/tsc");
  expect(await runProcess(process.execPath, [tsc, "-p", directory])).toEqual({
    code: 0,
    stdout: "",
    stderr: "",
  });
});

describe("README code runs as pasted", () => {
  test.each(
    blocks.filter(
      (block) => /^[jt]s$/.test(block.language) && ![isPage, isServer, isForeign].some((is) => is(block)),
    ),
  )("$title", async (block) => {
    const ended = await runProcess(process.execPath, [fileOf(block)], { cwd: directory, env });
    expect(ended).toMatchObject({ code: 0, stderr: "" });
    const said = [...block.code.matchAll(/console\.log\(.*\)\)?; \/\/ (.*)/g)].map(([, line]) => line);
    for (const line of said) expect(ended.stdout.split("\n")).toContain(line);
  });

  test.each(blocks.filter(isServer))("$title serves signed-in users of its page", async (block) => {
    const port = String(await freePort());
    const argv = [own("../../smoke/serve-block.js"), fileOf(block), join(directory, "photo.png")];
    const ended = await runProcess(process.execPath, argv, { cwd: directory, env: { ...env, PORT: port } });
    expect(ended).toMatchObject({ code: 0, stderr: "" });
    expect(ended.stdout).toContain("with a session: 200 1\n");
    expect(ended.stdout).toMatch(/without one: 40[13] 0\n/);
  });

  test.each(blocksOf("packages/react-hooks/README.md").filter(isServer))(
    "$title serves signed-in users of its page",
    async ({ title, code }) => {
      // The file that the README names: no type in it that Node 20 could not skip.
      const outfile = join(directory, `hooks-${title.replace(/\D/g, "")}.mjs`);
      await writeFile(outfile, code);
      const argv = [own("../../smoke/serve-block.js"), outfile, join(directory, "photo.png")];
      const port = String(await freePort());
      const ended = await runProcess(process.execPath, argv, {
        cwd: directory,
        env: { ...env, PORT: port },
      });
      expect(ended).toMatchObject({ code: 0, stderr: "" });
      expect(ended.stdout).toBe("with a session: 200 1\nwithout one: 401 0\n");
      if (!code.includes("app.listen")) return;
      // As the README starts it: everyone may try, on a developer's machine only.
      const developer = { ...env, PORT: String(await freePort()), NODE_ENV: "development" };
      const tried = await runProcess(process.execPath, argv, { cwd: directory, env: developer });
      expect(tried.stdout).toBe("with a session: 200 1\nwithout one: 200 1\n");
    },
  );

  test("the jobs of the client's README answer 202, and keep the image for who sent it", async () => {
    const block = blocks.find(({ code }) => code.includes("handler as GET"));
    const program = `import { readFileSync } from "node:fs";
      import { DELETE, GET, POST } from ${JSON.stringify(pathToFileURL(fileOf(block as ReadmeBlock)).href)};
      const body = new FormData();
      body.append("model", "gpt-image-1");
      body.append("prompt", "Make it dusk");
      body.append("image", new Blob([readFileSync("photo.png")]), "photo.png");
      const url = "http://localhost/api/image-edit";
      const ada = { cookie: "session=ada", host: "localhost" };
      const accepted = await POST(new Request(url, { method: "POST", headers: ada, body }));
      const job = url + "?job=" + (await accepted.json()).job.id;
      const other = await GET(new Request(job, { headers: { ...ada, cookie: "session=eve" } }));
      const collected = await GET(new Request(job, { headers: ada }));
      const { data } = await collected.json();
      const removed = await DELETE(new Request(job, { method: "DELETE", headers: ada }));
      console.log(accepted.status, other.status, collected.status, data.length, removed.status);`;
    const argv = ["--input-type=module", "--eval", program];
    const ended = await runProcess(process.execPath, argv, { cwd: directory, env });
    expect(ended).toMatchObject({ code: 0, stderr: "", stdout: "202 404 200 1 204\n" });
  });

  test("the Worker of the client's README serves signed-in users of its page", async () => {
    const block = blocks.find(({ code }) => code.includes("interface Env"));
    const { default: worker } = await import(pathToFileURL(fileOf(block as ReadmeBlock)).href);
    const post = async (path: string, headers: HeadersInit) => {
      const body = new FormData();
      for (const [name, value] of Object.entries({ model: "gpt-image-1", prompt: "Make it dusk" }))
        body.append(name, value);
      body.append("image", new Blob([await readFile(join(directory, "photo.png"))]), "photo.png");
      const request = new Request(`http://worker.example${path}`, { method: "POST", headers, body });
      return (await worker.fetch(request, env)).status;
    };
    const cookie = "session=abc";
    expect(await post("/api/image-edit", { cookie })).toBe(200);
    expect(await post("/api/image-edit", {})).toBe(401);
    expect(await post("/", { cookie })).toBe(404);
  });

  test.each(blocks.filter(isPage))("$title edits in a page", async (block) => {
    const { outputFiles } = await build({
      entryPoints: [fileOf(block)],
      bundle: true,
      write: false,
      format: "esm",
      logLevel: "error",
    });
    script = outputFiles[0]?.text ?? "";
    const browser = await launchChromium();
    try {
      const tab = await browser.newPage();
      await tab.goto(gateway.url);
      await tab.setInputFiles("input", join(directory, "photo.png"));
      expect(await tab.getAttribute("img", "src")).toMatch(/^blob:/);
    } finally {
      await browser.close();
    }
  });
});

describe("the CLI commands of README.md, run in order", () => {
  const lines = blocks
    .filter(({ page, language }) => page === "README.md" && language === "sh")
    .flatMap(({ code }) => code.split("\n"))
    .filter((line) => /^(?:retouch|npx @retouch\/cli) /.test(line));

  beforeAll(async () => {
    const bin = join(directory, "bin");
    await mkdir(bin);
    await writeFile(join(bin, "retouch"), `#!/bin/sh\nexec "${process.execPath}" "${cliPath}" "$@"\n`);
    await chmod(join(bin, "retouch"), 0o755);
    env["PATH"] = `${bin}${delimiter}${env["PATH"]}`;
  });

  test("finds the commands in the README", () => expect(lines.length).toBeGreaterThan(4));

  test.each(lines)("%s", async (line) => {
    // `contract/full` runs the line of `npx` with packed packages. Nothing here may reach a vendor.
    const command = line.replace("npx @retouch/cli", "retouch").replace("https://api.openai.com", mock.url);
    const ended = await runProcess("sh", ["-c", command], { cwd: directory, env });
    expect(ended.code, ended.stderr + ended.stdout).toBe(0);
  });

  test("begins with a line that needs no key and sends nothing", async () => {
    const [line = ""] = lines;
    expect(line).toMatch(/^npx .* --mock$/);
    expect(line).toContain(`-m ${openaiModel()} `);
    const keyless = {
      PATH: env["PATH"] ?? "",
      HOME: directory,
      RETOUCH_STATE_DIR: join(directory, ".state"),
    };
    const requests = mock.requests.length;
    const command = line.replace("npx @retouch/cli", "retouch");
    const ended = await runProcess("sh", ["-c", command], { cwd: directory, env: keyless });
    expect(ended.stdout).toMatch(/photo\.edited-\d+\.png\n$/);
    expect(mock.requests).toHaveLength(requests);
  });
});

/** Returns the model that examples of OpenAI use. */
function openaiModel(): string {
  const servers = parse(readFileSync(own("../../../spec/servers.yaml"), "utf8"));
  return servers.vendors.OpenAI.exampleModel;
}
