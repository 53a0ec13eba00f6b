import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { parseArguments } from "@retouch/cli/journal";
import sharp from "sharp";
import { describe, expect, it } from "vitest";
import { commandTable } from "./commands/definitions.ts";
import { startNode } from "./fixtures/run-bin.ts";
import { startRedis } from "./fixtures/start-redis.ts";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const pages = ["packages/queue/README.md", "docs/site/pages/guides/queue-recipes.md"];
const texts = await Promise.all(pages.map((page) => readFile(path.join(root, page), "utf8")));
const text = texts.join("\n").replaceAll("\r\n", "\n");
const commands = [...text.matchAll(/^retouch-queue (\S+)(.*?)(?: +#.*)?$/gm)].map(
  ([, name = "", rest = ""]) => [`${name}${rest}`, name, rest.split(" ").filter(Boolean)] as const,
);

describe("the code of the README and the recipes", () => {
  it.each(commands)("is a command line: %s", (_, name, args) => {
    const definition = commandTable.find((command) => command.name === name);
    if (definition === undefined) expect.unreachable(name);
    expect(() => parseArguments(definition, args)).not.toThrow();
  });

  it("has commands of every kind", () => {
    expect([...new Set(commands.map(([, name]) => name))].sort()).toEqual(
      commandTable.map(({ name }) => name).sort(),
    );
  });

  it("runs as a program", async () => {
    const code = /^```ts\n(.*?)^```$/ms.exec(text)?.[1] ?? expect.unreachable("The README has no program.");
    // Within the package, so that it is imported by its name; `out` is ignored by git.
    const out = fileURLToPath(new URL("../out/", import.meta.url));
    await mkdir(out, { recursive: true });
    const directory = await mkdtemp(path.join(out, "readme-"));
    const redis = await startRedis();
    try {
      await mkdir(path.join(directory, "photos"));
      const size = { width: 64, height: 64, channels: 3, background: "#37b" } as const;
      await sharp({ create: size }).png().toFile(path.join(directory, "photos/photo.png"));
      const row = {
        id: "r1",
        image: "photo.png",
        prompt: "dusk",
        model: "gpt-image-1",
        output: "dusk.{ext}",
      };
      await writeFile(path.join(directory, "photos/dusk.jsonl"), JSON.stringify(row));
      await writeFile(path.join(directory, "program.mjs"), code);
      const env = {
        PATH: process.env["PATH"],
        REDIS_URL: redis.url,
        RETOUCH_STATE_DIR: path.join(directory, "state"),
      };
      const ended = await startNode(["program.mjs"], env, directory).ended;
      expect(ended, ended.stderr).toMatchObject({ code: 0 });
      expect(ended.stdout).toBe("r1 saved [ 'dusk.png' ]\ndone 1\n");
    } finally {
      await redis.close();
      await rm(directory, { recursive: true });
    }
  });
});
