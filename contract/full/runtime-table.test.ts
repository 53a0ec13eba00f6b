import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { launchChromium } from "../src/runtimes/launch-chromium.ts";
import { nodeBinary, runtimeBinary } from "../src/runtimes/runtime-binaries.ts";
import { startStaticServer } from "../src/runtimes/static-server.ts";
import {
  type RawPost,
  type RawScript,
  type RawServer,
  respond,
  startRawServer,
} from "../src/support/raw-server.ts";
import { runProcess } from "../src/support/run-process.ts";
import { drawImage } from "../src/support/sample-images.ts";
import { startWorker } from "./start-worker.ts";

const page = new URL("../../docs/runtimes.md", import.meta.url);
const script = fileURLToPath(new URL("../smoke/run-node.js", import.meta.url));
const cors = ["access-control-allow-origin: *", "access-control-allow-headers: *", "connection: close"];

/** The observed behavior of a runtime: a row of the table. */
interface Seen {
  closed: string;
  within: string;
  after: string;
  redirect: string;
  fine: string;
  progress: string;
}

let directory: string;
let sample: Uint8Array;
let success: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "retouch-table-"));
  sample = await drawImage("png", 96, 64);
  await writeFile(join(directory, "image.png"), sample);
  success = JSON.stringify({ data: [{ b64_json: Buffer.from(sample).toString("base64") }] });
});

afterAll(() => rm(directory, { recursive: true }));

/** Pauses in the middle of a large form: a page gets progress every 50 ms, and a local upload may finish sooner. */
function restHalfWay({ head, socket, receivedBytes }: RawPost): void {
  if (receivedBytes < 8_000_000 || socket.isPaused() || rested.has(socket) || head.startsWith("OPTIONS"))
    return;
  rested.add(socket);
  socket.pause();
  setTimeout(() => socket.resume(), 250);
}

const rested = new WeakSet<RawPost["socket"]>();

/** Starts the servers of one probe. Each treats every POST the same way and responds to CORS preflights. */
async function startServers() {
  const servers: Record<string, RawServer> = {};
  const scripts: Record<string, RawScript> = {
    closed: {},
    within: { onHead: ({ socket }) => void socket.resetAndDestroy() },
    after: { onComplete: ({ socket }) => void socket.resetAndDestroy() },
    redirect: { onComplete: (post) => respond(post, 307, "", ["location: /elsewhere", ...cors]) },
    fine: {
      onData: restHalfWay,
      onComplete: (post) => respond(post, 200, success, ["content-type: application/json", ...cors]),
    },
  };
  for (const [name, given] of Object.entries(scripts)) {
    servers[name] = await startRawServer({
      ...given,
      onHead(post) {
        if (!post.head.startsWith("OPTIONS")) given.onHead?.(post);
        else post.socket.end(["HTTP/1.1 204 Fine", ...cors, "", ""].join("\r\n"));
      },
    });
  }
  await servers["closed"]?.close();
  return {
    urls: Object.fromEntries(Object.entries(servers).map(([name, { url }]) => [name, url])),
    posts: (name: string) => servers[name]?.posts.filter(({ head }) => head.startsWith("POST")) ?? [],
    close: () =>
      Promise.all(
        Object.entries(servers)
          .filter(([name]) => name !== "closed")
          .map(([, server]) => server.close()),
      ),
  };
}

/** Probes one runtime: its reports, the number of POSTs, and whether each form had a known length. */
async function row(name: string, run: (urls: Record<string, string>) => Promise<unknown>): Promise<string[]> {
  const servers = await startServers();
  try {
    const seen = (await run(servers.urls)) as Seen;
    const posts = ["within", "after", "fine"].flatMap((server) => servers.posts(server));
    const isExact = posts.every(({ head }) => /^content-length: \d/im.test(head));
    expect(posts, `${name} posts once to each server that listens`).toHaveLength(3);
    const redirect = `${seen.redirect}${servers.posts("redirect").length > 1 ? ", followed" : ""}`;
    expect(seen.fine, name).toBe("1 image");
    expect(seen.after, name).toBe("unknown");
    return [name, seen.closed, seen.within, redirect, seen.progress, isExact ? "yes" : "no"];
  } finally {
    await servers.close();
  }
}

const runBy =
  (command: string, argv: readonly string[], entry: string) => async (urls: Record<string, string>) => {
    const args = [...argv, script, entry, JSON.stringify(urls), join(directory, "image.png")];
    const { code, stdout, stderr } = await runProcess(command, args);
    if (code !== 0) throw new Error(stderr);
    return JSON.parse(stdout) as unknown;
  };

async function measure(): Promise<string[][]> {
  const rows: string[][] = [];
  const deno = ["run", "--allow-all", "--node-modules-dir=manual", "--no-lock"];
  for (const entry of [".", "./node"]) {
    const path = join("@retouch/client", entry);
    for (const major of [20, 22, 24, 26])
      rows.push(await row(`Node ${major} \`${entry}\``, runBy(nodeBinary(major), [], path)));
    rows.push(await row(`Bun \`${entry}\``, runBy(runtimeBinary("bun"), ["run"], path)));
    rows.push(await row(`Deno \`${entry}\``, runBy(runtimeBinary("deno"), deno, path)));
  }
  const worker = await startWorker();
  rows.push(await row("workerd `.`", (urls) => worker.run({ urls, image: [...sample] })));
  await worker.close();
  const built = import.meta.resolve("@retouch/client");
  const files = await startStaticServer(
    {
      "/client/": dirname(fileURLToPath(built)),
      "/openapi-fetch/": dirname(createRequire(built).resolve("openapi-fetch")),
      "/smoke/": fileURLToPath(new URL("../smoke/", import.meta.url)),
    },
    '<script type="importmap">{"imports":{"openapi-fetch":"/openapi-fetch/index.mjs"}}</script>',
  );
  const browser = await launchChromium();
  const tab = await browser.newPage();
  await tab.goto(files.url);
  for (const [entry, file] of [
    [".", "index.js"],
    ["./browser", "browser/index.js"],
  ]) {
    const world = { entry: `/client/${file}`, guards: "/client/index.js", image: [...sample] };
    rows.push(
      await row(`Chromium \`${entry}\``, (urls) =>
        tab.evaluate(
          `import("/smoke/run-page.js").then(({ runPage }) => runPage(${JSON.stringify({ ...world, urls })}))`,
        ),
      ),
    );
  }
  await browser.close();
  await files.close();
  return rows;
}

test("docs/runtimes.md matches the observed behavior of each runtime", async () => {
  const head = [
    "runtime, entry",
    "nobody listens",
    "cut within the form",
    "a redirect",
    "upload progress",
    "`Content-Length`",
  ];
  const lines = [head, head.map(() => "---"), ...(await measure())].map(
    (cells) => `| ${cells.join(" | ")} |`,
  );
  const [start, end] = ["<!-- runtimes: start -->", "<!-- runtimes: end -->"];
  const text = await readFile(page, "utf8");
  const measured = `${text.slice(0, text.indexOf(start))}${start}\n\n${lines.join("\n")}\n\n${text.slice(text.indexOf(end))}`;
  if (process.env["RETOUCH_WRITE_TABLE"]) await writeFile(page, measured);
  else expect(text).toBe(measured);
});
