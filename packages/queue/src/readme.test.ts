import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { parseArguments } from "@retouch/cli/journal";
import sharp from "sharp";
import { describe, expect, it } from "vitest";
import { commandTable } from "./commands/definitions.ts";
import { startImageServer } from "./fixtures/image-server.ts";
import { type RunningBin, startNode } from "./fixtures/run-bin.ts";
import { startRedis, type TestRedis } from "./fixtures/start-redis.ts";

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
    await inWorkDirectory(async ({ directory, start }) => {
      await writeFile(path.join(directory, "program.mjs"), code);
      const ended = await start("program.mjs").ended;
      expect(ended, ended.stderr).toMatchObject({ code: 0 });
      expect(ended.stdout).toBe("r1 saved [ 'dusk.png' ]\ndone 1\n");
    });
  });

  it("runs as the examples of the worker and the producer", async () => {
    const images = await startImageServer();
    try {
      await inWorkDirectory(async ({ directory, redis, start }) => {
        const fill = (code: string) =>
          code
            .replace('"redis://127.0.0.1:6379"', JSON.stringify(redis.url))
            .replace('"/mnt/photos"', '"photos"')
            .replace('"shots.jsonl"', '"photos/dusk.jsonl"');
        await writeFile(
          path.join(directory, "worker.mjs"),
          fill(await exampleOf("worker/create-queue-worker.ts")),
        );
        await writeFile(
          path.join(directory, "producer.mjs"),
          fill(await exampleOf("producer/create-queue-producer.ts")),
        );
        const worker = start("worker.mjs", images.url);
        const producer = await start("producer.mjs", images.url).ended;
        expect(producer, producer.stderr).toMatchObject({ code: 0 });
        expect(producer.stdout).toBe("1\n");
        worker.child.kill("SIGTERM");
        const ended = await worker.ended;
        expect(ended, ended.stderr).toMatchObject({ code: 0 });
        const events = ended.stdout.trim().split("\n");
        expect(events.map((event) => JSON.parse(event))).toMatchObject([
          { type: "started", line: 1 },
          { type: "ended", end: "saved", files: ["dusk.png"] },
        ]);
      });
    } finally {
      await images.close();
    }
  });
});

/** Returns the code of the `@example` of a source file. */
async function exampleOf(file: string): Promise<string> {
  const source = await readFile(new URL(file, import.meta.url), "utf8");
  const code = /@example\r?\n \* ```ts\r?\n(.*?)^ \* ```$/ms.exec(source)?.[1];
  return code?.replaceAll(/^ \* ?/gm, "") ?? expect.unreachable(`${file} has no example.`);
}

/** Runs a body in a folder with a manifest of one row, and a Redis. */
async function inWorkDirectory(
  body: (world: {
    readonly directory: string;
    readonly redis: TestRedis;
    readonly start: (program: string, baseUrl?: string) => RunningBin;
  }) => Promise<void>,
): Promise<void> {
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
    const start = (program: string, baseUrl?: string) =>
      startNode(
        [program],
        {
          PATH: process.env["PATH"],
          REDIS_URL: redis.url,
          RETOUCH_STATE_DIR: path.join(directory, "state"),
          ...(baseUrl !== undefined && {
            RETOUCH_BASE_URL: baseUrl,
            RETOUCH_API_KEY: "sk-test-0123456789",
          }),
        },
        directory,
      );
    await body({ directory, redis, start });
  } finally {
    await redis.close();
    await rm(directory, { recursive: true });
  }
}
