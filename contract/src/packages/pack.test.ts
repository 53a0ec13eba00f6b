import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { runProcess } from "../support/run-process.ts";

/** The package manager that runs this test sets the path of its script. */
const pnpm = process.env["npm_execpath"] ?? "pnpm";

/** What a package contains beside its built files. */
const others = ["LICENSE", "README.md", "package.json"];
/** The types of an entry point for pages, whose condition has none of its own. */
const pageTypes = ["dist/browser.d.ts"];
/** The page is a build of its own, whose files are listed below; both builds list the licenses of what they bundle. */
const thirdParty = ["dist/third-party-bin.txt", "dist/third-party-page.txt"];
/** The classes that the entry point for Node, a build of its own, has in common with the others. */
const sharedClasses = ["dist/errors/errors.js", "dist/transport/transport.js"];
const schemas = ["schema/batch-event.schema.json", "schema/edit.schema.json"];

it.each([
  ["client", 186, [...others, ...sharedClasses]],
  ["react-hooks", 96, others],
  ["mock", 22, [...others, ...pageTypes]],
  ["cli", 127, [...others, ...schemas]],
  ["editor", 24, [...others, ...thirdParty, "dist/page/index.html", "dist/page/sample.png"]],
  ["queue", 80, others],
])(
  "%s is packed with its entry points, their chunks and at most %i KB of guides",
  async (name, kilobytes, expected) => {
    const cwd = fileURLToPath(new URL(`../../../packages/${name}`, import.meta.url));
    const directory = await mkdtemp(join(tmpdir(), "retouch-pack-"));
    try {
      const argv = ["pack", "--json", "--pack-destination", directory];
      const isScript = /\.c?js$/.test(pnpm);
      const ended = await runProcess(isScript ? process.execPath : pnpm, isScript ? [pnpm, ...argv] : argv, {
        cwd,
      });
      expect(ended.code, ended.stderr).toBe(0);
      // pnpm prints the line of `prepack` before its JSON.
      const { filename } = JSON.parse(ended.stdout.replace(/^[^{]*/, "")) as { filename: string };
      // Its own list lacks the license, which comes from the workspace.
      const list = await runProcess("tar", ["-tzf", filename]);
      const paths = list.stdout.split(/\r?\n/).flatMap((line) => /^package\/(.+)/.exec(line)?.[1] ?? []);
      const manifest = JSON.parse(await readFile(join(cwd, "package.json"), "utf8"));
      // Nothing runs when the package is installed.
      expect(
        Object.keys(manifest.scripts).filter((script) => /^(?:pre|post)?install$|^prepare$/.test(script)),
      ).toEqual([]);
      const entries = JSON.stringify([manifest.exports, manifest.bin]).match(/dist\/[\w./-]+/g) ?? [];
      expect(entries.length).toBeGreaterThan(0);
      // A chunk has a hash in its name.
      const left = paths.filter(
        (path) =>
          !path.startsWith("dist/docs/") &&
          !/^dist\/(?:page\/assets\/|node\/)?[\w.-]+-[\w-]{8}\.(?:js|css|d\.ts)$/.test(path),
      );
      expect(left.sort()).toEqual([...new Set([...entries, ...expected])].sort());
      // The guides are those of the list for coding agents, which the README names.
      const index = await readFile(join(cwd, "dist/docs/index.md"), "utf8");
      const listed = [...index.matchAll(/\]\(\.\/(\S+\.md)\)/g)].map(([, file]) => `dist/docs/${file}`);
      const guides = paths.filter((path) => path.startsWith("dist/docs/"));
      expect(guides.sort()).toEqual(["dist/docs/index.md", ...listed].sort());
      const sizes = await Promise.all(
        guides.map((path) => readFile(join(cwd, path)).then(({ length }) => length)),
      );
      expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(kilobytes * 1000);
    } finally {
      await rm(directory, { recursive: true });
    }
  },
);
