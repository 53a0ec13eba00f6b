import { execFile } from "node:child_process";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { createScratchSpec, type ScratchSpec, vendorFile } from "./generate/scratch-spec.ts";
import { serveDocument } from "./watch/serve-document.ts";
import { placeholderUrl } from "./watch/watched-vendors.ts";

const script = join(import.meta.dirname, "spec-watch.ts");
const command = (...args: string[]) =>
  promisify(execFile)(process.execPath, [script, ...args]).then(
    ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
    ({ code, stdout, stderr }: { code: number; stdout: string; stderr: string }) => ({
      code,
      stdout,
      stderr,
    }),
  );

/** Sets the URL of the default vendor's document, and no other; each `document` in the repository may be any. */
async function setUrl(scratch: ScratchSpec, url: string): Promise<void> {
  const file = "spec/servers.yaml";
  const text = (await scratch.read(file)).replace(/^ {4}document: .*$/gm, `    document: ${placeholderUrl}`);
  await scratch.write(file, text.replace(/^ {2}document: .*$/m, `  document: ${url}`));
}

describe("pnpm spec:watch", () => {
  it("writes the outputs, the body and the files of a pull request, and nothing when it is open", async () => {
    const scratch = await createScratchSpec();
    const { root } = scratch;
    const out = join(root, "out");
    const text = await scratch.read(vendorFile);
    await setUrl(scratch, await serveDocument(text.replace("The required text", "The necessary text")));
    const { code, stdout } = await command("--root", root, "--out", out);
    expect(code).toBe(0);
    const outputs = /^action=pull-request\ntitle=(feat\(spec\): .*)\nbranch=(spec-watch\/.*)\n$/;
    const [, title = "", branch = ""] = outputs.exec(await scratch.read("out/outputs.txt")) ?? [];
    const body = await scratch.read("out/body.md");
    expect(stdout).toBe(`pull-request: ${title}\nbranch: ${branch}\n`);
    expect(body).toContain("Took over the vendor's new description of `prompt`.");
    expect((await scratch.read("out/files.txt")).split("\n")).toEqual(
      expect.arrayContaining([vendorFile, "spec/openapi.yaml", ""]),
    );
    expect(await scratch.read(vendorFile)).toContain("The necessary text");

    await scratch.write(vendorFile, text);
    await mkdir(join(root, "known"));
    const pull = { number: 12, state: "OPEN", headRefName: branch };
    await scratch.write("known/pulls.json", JSON.stringify([pull]));
    const known = ["--root", root, "--out", out, "--known", join(root, "known")];
    const incomplete = await command(...known);
    expect(incomplete.code).toBe(1);
    expect(incomplete.stderr).toContain("issues.json");
    await scratch.write("known/issues.json", "[]");
    expect(await command(...known)).toMatchObject({
      code: 0,
      stdout: expect.stringContaining("Nothing to do: #12 (open) has"),
    });
    expect(await scratch.read("out/outputs.txt")).toBe("action=none\n");
    expect(await scratch.read(vendorFile)).toBe(text);
  });

  it("writes or prints the title and the body of an issue", async () => {
    const scratch = await createScratchSpec();
    const text = await scratch.read(vendorFile);
    await setUrl(scratch, await serveDocument(text.replace("between 1 and 10", "between 1 and 4")));
    const { code } = await command("--root", scratch.root, "--out", join(scratch.root, "out"));
    expect(code).toBe(0);
    expect(await scratch.read("out/outputs.txt")).toMatch(
      /^action=issue\ntitle=ChainHub's document was refused: [\da-f]{12}\n$/,
    );
    const body = await scratch.read("out/body.md");
    expect(body).toContain("from 10 to 4");
    const printed = await command("--root", scratch.root);
    expect(printed.stdout).toMatch(/^issue: ChainHub's document was refused: [\da-f]{12}\n\n/);
    expect(printed.stdout).toContain(body);
  });

  it("exits with 1 and writes no outputs when the document cannot be fetched", async () => {
    const scratch = await createScratchSpec();
    await setUrl(scratch, await serveDocument((_request, response) => response.writeHead(404).end()));
    const { code, stdout, stderr } = await command(
      "--root",
      scratch.root,
      "--out",
      join(scratch.root, "out"),
    );
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toMatch(/returned 404\..*\nNothing was written or reported\.\n$/);
    await expect(scratch.read("out/outputs.txt")).rejects.toThrow("ENOENT");
  });

  it("lists the vendors with a URL, and skips a placeholder with the reason", async () => {
    const scratch = await createScratchSpec();
    const { root } = scratch;
    await setUrl(scratch, "https://example.com/spec.yaml");
    expect(await command("--root", root, "--list")).toEqual({
      code: 0,
      stdout: '["ChainHub"]\n',
      stderr: expect.stringMatching(/^OpenAI: Its document's URL is DOCUMENT_URL_NOT_SET\..*\n$/),
    });
    await setUrl(scratch, placeholderUrl);
    const { stdout, stderr } = await command("--root", root, "--list");
    expect(stdout).toBe("[]\n");
    expect(stderr).toContain(`ChainHub: Its document's URL is ${placeholderUrl}.`);
    expect(await command("--root", root, "--vendor", "ChainHub")).toMatchObject({
      code: 0,
      stdout: expect.stringContaining("Nothing to do: ChainHub is skipped."),
    });
  });

  it("explains its use, and exits with 2 for a wrong one", async () => {
    const { code, stdout } = await command("--help");
    expect(code).toBe(0);
    for (const option of ["--vendor NAME", "--list", "--known DIR", "--out DIR", "--dry-run", "--root DIR"])
      expect(stdout).toContain(option);
    for (const args of [["--vendor", "Acme"], ["--vendro"], ["spec.yaml"]])
      expect(await command(...args)).toMatchObject({ code: 2, stderr: expect.stringContaining("--help") });
  });
});
